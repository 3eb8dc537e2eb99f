# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# msgq.bash - completion of msgq(1) in bash: what the tool itself says it knows

_msgq() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
	local tool=${COMP_WORDS[0]} i

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "--help $("$tool" --help 2>/dev/null |
			sed -n 's/^  \([a-z]*\)  *.*/\1/p')" -- "$word")
		return
	fi
	case $command in
	open | recv)
		# Behind the queue stands a command of its own.
		for ((i = 2; i < COMP_CWORD; i++)); do
			if [ "${COMP_WORDS[i]}" = -- ] && declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
				return
			fi
		done
		;;
	run)
		if [[ $word != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
			return
		fi
		;;
	esac
	case $word in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$("$tool" "$command" --help 2>/dev/null |
			sed -nE 's/^  (-., |    )(--[a-z-]+).*/\2/p')" -- "$word")
		;;
	*)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		-f | --file)
			[ "$command" != send ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
			;;
		-u | --user | -o | --owner)
			mapfile -t COMPREPLY < <(compgen -u -- "$word")
			;;
		-s | --sort)
			mapfile -t COMPREPLY < <(compgen -W "$("$tool" ls 2>/dev/null | head -n 1)" -- "$word")
			;;
		*)
			case $command in
			limits) mapfile -t COMPREPLY < <(compgen -W 'msgmax= msgmnb= msgmni= msgtql=' -- "$word") ;;
			create | version) ;;
			*)
				mapfile -t COMPREPLY < <(compgen -W "$("$tool" ls --no-heading 2>/dev/null |
					awk '{ print $2; if ($1 != "0x00000000") print $1 }')" -- "$word")
				;;
			esac
			;;
		esac
		;;
	esac
}

complete -F _msgq msgq
