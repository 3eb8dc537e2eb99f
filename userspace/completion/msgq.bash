# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# msgq.bash - completion of msgq(1) in bash, from the --help of the tool

# _msgq_value OPTION HELP: the name in HELP of the value that the option needs, or nothing
_msgq_value() {
	local line form='^  ((-.), |    )(--[a-z-]+)=([A-Z]+)'

	while IFS= read -r line; do
		if [[ $line =~ $form ]] && [[ $1 == "${BASH_REMATCH[2]}" || $1 == "${BASH_REMATCH[3]}" ]]; then
			printf '%s\n' "${BASH_REMATCH[4]}"
		fi
	done <<<"$2"
}

# _msgq_offer WORDS: complete $word from these words
_msgq_offer() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

_msgq() {
	# Complete what follows "--in PID" and "--device FILE" as if these were not there.
	local -a before=()
	while [[ ${COMP_WORDS[1]} == --in || ${COMP_WORDS[1]} == --device ]] && [ "$COMP_CWORD" -gt 2 ]; do
		before+=("${COMP_WORDS[1]}" "${COMP_WORDS[2]//\\/}")
		COMP_WORDS=("${COMP_WORDS[0]}" "${COMP_WORDS[@]:3}")
		COMP_CWORD=$((COMP_CWORD - 2))
	done
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
	local tool=${COMP_WORDS[0]} option='' operands=0 help i

	COMPREPLY=()
	if [ "$COMP_CWORD" = 2 ] && [ "$command" = --device ]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	if [ "$COMP_CWORD" = 1 ] || { [ "$COMP_CWORD" = 2 ] && [ "$command" = help ]; }; then
		_msgq_offer "--help $("$tool" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *.*/\1/p')"
		return
	fi
	if [ "$command" = run ] && [[ $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$word")
		return
	fi

	# After --sem, the command is about semaphore sets.
	local -a kind=()
	local rates='in/s out/s' limits='msgmax= msgmnb= msgmni= msgtql='
	help=$("$tool" "$command" --help 2>/dev/null)
	for ((i = 2; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" != -- ] || break
		if [[ ${COMP_WORDS[i]} == --sem && $help == *' --sem '* ]]; then
			kind=(--sem)
			rates='ops/s waits/s' limits='semmsl= semmns= semopm= semmni='
			help=$("$tool" "$command" --sem --help 2>/dev/null)
			break
		fi
	done

	# The shell splits "--sort=key" into three words.
	for ((i = 2; i < COMP_CWORD; i++)); do
		option=
		case ${COMP_WORDS[i]} in
		--)
			# The rest is another command.
			if [[ $command == @(open|recv) ]] && declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
				return
			fi
			;;
		-*)
			if [ "${COMP_WORDS[i + 1]}" = = ]; then
				option=${COMP_WORDS[i]}
				i=$((i + 1))
			elif [ -n "$(_msgq_value "${COMP_WORDS[i]}" "$help")" ]; then
				option=${COMP_WORDS[i]}
			fi
			# A complete value is not an operand.
			if [ -n "$option" ] && [ $((i + 1)) -lt "$COMP_CWORD" ]; then
				option=
				i=$((i + 1))
			fi
			;;
		*) operands=$((operands + 1)) ;;
		esac
	done
	[ "$word" != = ] || word=
	if [ -n "$option" ]; then
		case $(_msgq_value "$option" "$help") in
		COLUMN)
			_msgq_offer "$("$tool" ls "${kind[@]}" 2>/dev/null | head -n 1)$(
				[ "$command" != watch ] || echo " activity $rates")"
			;;
		FILE)
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			;;
		USER) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
		esac
		return
	fi
	# NAME=VALUE
	if [ "${COMP_WORDS[COMP_CWORD]}" = = ] || [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ]; then
		return
	fi
	case $command:$operands:$word in
	*:-*) _msgq_offer "$(sed -nE 's/^  (-., |    )(--[a-z-]+).*/\2/p' <<<"$help")" ;;
	limits:*) _msgq_offer "$limits" ;;
	create:* | version:* | help:*) ;;
	open:[1-9]* | recv:[1-9]*) _msgq_offer -- ;;
	peek:[1-9]* | send:[1-9]* | who:[1-9]*) ;;
	*)
		_msgq_offer "$("$tool" "${before[@]}" ls "${kind[@]}" --no-heading 2>/dev/null |
			awk '{ print $2; if ($1 != "0x00000000") print $1 }')"
		;;
	esac
}

complete -F _msgq msgq
