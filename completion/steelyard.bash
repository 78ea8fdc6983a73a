# bash completion for steelyard. What commands, options and warnings there are is asked of the program itself.

_steelyard_commands() {
    "$1" help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p'
}

_steelyard_options() { # program, command
    "$1" help "$2" 2>/dev/null | sed -n 's/^  \(-[-A-Za-z]*\).*/\1/p'
}

_steelyard_names() { # what NAME=VALUE may set: the names that the program declares
    sed -n 's/^[[:space:]]*\(input\|weight\|mask\|param\|dim\)[[:space:]]\{1,\}\([A-Za-z_][A-Za-z_0-9]*\).*/\2=/p' "$1" 2>/dev/null
}

_steelyard_values() { # file, --of or --wrt: what can be differentiated, or differentiated by
    local words='input\|weight\|param\|let'
    [ "$2" = --of ] && words='loss\|output\|let'
    sed -n "s/^[[:space:]]*\($words\)[[:space:]]\{1,\}\([A-Za-z_][A-Za-z_0-9]*\).*/\2/p" "$1" 2>/dev/null
}

_steelyard() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local file i
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_steelyard_commands "$program") --version --help" -- "$word")
        return
    fi
    if [ "$command" = help ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_steelyard_commands "$program")" -- "$word")
        return
    fi
    case $before in
    --of | --wrt)
        for ((i = 2; i < COMP_CWORD; i++)); do
            [[ ${COMP_WORDS[i]} == *.sy ]] && file=${COMP_WORDS[i]}
        done
        [ -n "${file-}" ] && mapfile -t COMPREPLY < <(compgen -W "$(_steelyard_values "$file" "$before")" -- "$word")
        return
        ;;
    --real)
        mapfile -t COMPREPLY < <(compgen -W "f32 f64" -- "$word")
        return
        ;;
    --cc)
        mapfile -t COMPREPLY < <(compgen -W "clang gcc" -- "$word")
        return
        ;;
    --march)
        mapfile -t COMPREPLY < <(compgen -W "x86-64 x86-64-v2 x86-64-v3 x86-64-v4 native" -- "$word")
        return
        ;;
    -o)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    =)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -X '!*.np[yz]' -- "$word"; compgen -d -- "$word")
        return
        ;;
    esac
    case $word in
    =)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -X '!*.np[yz]'; compgen -d)
        return
        ;;
    -*)
        mapfile -t COMPREPLY < <(compgen -W "$(_steelyard_options "$program" "$command")" -- "$word")
        return
        ;;
    esac
    for ((i = 2; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == *.sy ]] && file=${COMP_WORDS[i]}
    done
    if [ -n "${file-}" ] && { [ "$command" = run ] || [ "$command" = golden ] || [ "$command" = train ] || [ "$command" = verify ] || [ "$command" = explain ]; }; then
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W "$(_steelyard_names "$file")" -- "$word")
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -X '!*.sy' -- "$word"; compgen -d -- "$word")
    fi
}
complete -F _steelyard steelyard
