# SPDX-License-Identifier: MIT
# Prints results.csv as tables, and what has become of the targets:
# awk -f tables.awk targets results.csv
BEGIN { FS = "[ \t]+" }

FILENAME != results && FNR == 1 && NR != 1 { results = FILENAME; FS = ","; $0 = $0 }

FILENAME != results {
	if ($0 !~ /^#/ && NF)
		target[targets++] = $0
	next
}

FNR == 1 { next }

{
	group = $1 SUBSEP $2
	if (!(group in params)) {
		order[groups++] = group
		unit[group] = $6
	}
	if (!((group, $3) in seen)) {
		seen[group, $3] = 1
		params[group] = params[group] " " $3
	}
	if (!((group, $4) in has)) {
		has[group, $4] = 1
		peers[group] = peers[group] " " $4
	}
	value[$1, $2, $3, $4] = $5
}

function figure(number) {
	return sprintf(number < 100 ? "%.1f" : "%.0f", number)
}

function table(group,	name, param, peer, rows, columns, i, k, base, key) {
	split(group, name, SUBSEP)
	printf "\n%s, %s (%s, and the ratio to System V)\n", name[2], name[1], unit[group]
	columns = split(substr(peers[group], 2), peer, " ")
	printf "%9s", ""
	for (k = 1; k <= columns; k++)
		printf peer[k] == "sysv" ? "%10s" : "%16s", peer[k]
	print ""
	rows = split(substr(params[group], 2), param, " ")
	for (i = 1; i <= rows; i++) {
		printf "%9s", param[i]
		base = value[group, param[i], "sysv"]
		for (k = 1; k <= columns; k++) {
			key = group SUBSEP param[i] SUBSEP peer[k]
			if (!(key in value))
				printf peer[k] == "sysv" ? "%10s" : "%16s", "-"
			else if (peer[k] == "sysv" || !base)
				printf base ? "%10s" : "%16s", figure(value[key])
			else
				printf "%9s %6.2f", figure(value[key]), value[key] / base
		}
		print ""
	}
}

function judge(line,	want, i, name, most, key, verdict) {
	split(line, want, /[ \t]+/)
	for (i = 0; i < groups; i++) {
		split(order[i], name, SUBSEP)
		key = order[i] SUBSEP want[3] SUBSEP want[4]
		if (name[1] != want[1] || name[2] !~ "^" want[2] "$" || !(key in value))
			continue
		most = want[8]
		if (want[5])
			most += want[5] * value[order[i], want[6], want[7]]
		verdict = "met"
		if (figure(value[key]) + 0 > figure(most) + 0)
			verdict = sprintf("missed by %.1f %%", 100 * value[key] / most - 100)
		printf "%-8s %-24s %8s %-11s %11s %11s  %s\n", name[1], name[2], want[3],
			want[4], figure(most), figure(value[key]), verdict
	}
}

END {
	for (i = 0; i < groups; i++)
		table(order[i])
	printf "\n%-42s %-11s %11s %11s\n", "targets", "", "at most", "measured"
	for (i = 0; i < targets; i++)
		judge(target[i])
}
