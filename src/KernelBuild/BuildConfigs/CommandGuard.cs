namespace KernelBuild.BuildConfigs;

/// <summary>
/// A bash text that lets commands of a build.config run one by one: it is asked before each (the DEBUG trap under extdebug, which may
/// skip a command), when bash has parsed it and knows its functions and variables.
/// </summary>
/// <remarks>
/// What runs: bash's own commands and the files' functions; the kernel's scripts/kconfig/merge_config.sh and scripts/config; make, which is
/// a stand-in that knows targets of Kconfig; utilities that read; utilities that write, and redirections, where they write below the
/// shadow or kbuild's output. Everything else is skipped, succeeds, and is recorded. Reading the text instead would have to know bash's
/// grammar, and would still not know a value.
/// </remarks>
internal static class CommandGuard
{
    /// <summary>
    /// Wants __kernelbuild_log (a file), __kernelbuild_tools (a folder), __kernelbuild_tree (the real path of the work tree), and
    /// __kernelbuild_writable (real paths of folders). A record of the log is fields, each ended by \x1f, and \0: run or skip, and words.
    /// </summary>
    public const string Text = Record + Tokens + Rules + Decision;

    private const string Record = """
        __kernelbuild_note() { printf '%s\x1f' "$@" >>"$__kernelbuild_log"; printf '\0' >>"$__kernelbuild_log"; }
        __kernelbuild_skip() { __kernelbuild_note skip "$BASH_COMMAND"; }
        __kernelbuild_real() { __kernelbuild_path=$("$__kernelbuild_tools/realpath" -m -- "$1"); }
        __kernelbuild_expand() {
          [[ $1 == '('* || $1 == *'$('* || $1 == *'`'* || $1 == *'<('* ]] && return 1
          eval "__kernelbuild_value=($1)"
        }
        __kernelbuild_inside() {
          local __kernelbuild_path __kernelbuild_folder
          [[ $1 == /dev/* || $1 == - ]] && return 0
          __kernelbuild_real "$1"
          for __kernelbuild_folder in "${__kernelbuild_writable[@]}"; do
            [[ $__kernelbuild_path == "$__kernelbuild_folder"/* ]] && return 0
          done
          return 1
        }
        check_defconfig() { __kernelbuild_note skip check_defconfig; }

        """;

    /// <summary>Words of a simple command as they stand, and what its redirections write to.</summary>
    private const string Tokens = """
        __kernelbuild_flush() {
          [[ -z $__kernelbuild_word ]] && return 0
          case $__kernelbuild_redirect in
            '') __kernelbuild_words+=("$__kernelbuild_word") ;;
            *'>') __kernelbuild_targets+=("$__kernelbuild_word") ;;
          esac
          __kernelbuild_word='' __kernelbuild_redirect=''
        }
        __kernelbuild_split() {
          local __kernelbuild_text=$1 __kernelbuild_at __kernelbuild_c __kernelbuild_quote='' __kernelbuild_depth=0
          __kernelbuild_word='' __kernelbuild_redirect='' __kernelbuild_words=() __kernelbuild_targets=()
          for ((__kernelbuild_at = 0; __kernelbuild_at < ${#__kernelbuild_text}; __kernelbuild_at++)); do
            __kernelbuild_c=${__kernelbuild_text:__kernelbuild_at:1}
            if [[ $__kernelbuild_quote != "'" && $__kernelbuild_c == \\ ]]; then
              __kernelbuild_word+=$__kernelbuild_c${__kernelbuild_text:++__kernelbuild_at:1}
              continue
            fi
            if [[ -n $__kernelbuild_quote ]]; then
              [[ $__kernelbuild_c == "$__kernelbuild_quote" ]] && __kernelbuild_quote=''
              __kernelbuild_word+=$__kernelbuild_c
              continue
            fi
            case $__kernelbuild_c in
              \' | \") __kernelbuild_quote=$__kernelbuild_c __kernelbuild_word+=$__kernelbuild_c ;;
              \( | \{) ((__kernelbuild_depth++)); __kernelbuild_word+=$__kernelbuild_c ;;
              \) | \}) ((__kernelbuild_depth--)); __kernelbuild_word+=$__kernelbuild_c ;;
              [\<\>\&\|])
                if ((__kernelbuild_depth > 0)) || [[ $__kernelbuild_c$__kernelbuild_redirect == '|' ]]; then
                  __kernelbuild_word+=$__kernelbuild_c
                elif [[ $__kernelbuild_word == '' && -n $__kernelbuild_redirect ]]; then
                  [[ $__kernelbuild_c == '>' ]] && __kernelbuild_redirect='>'
                else
                  [[ $__kernelbuild_word =~ ^[0-9]+$ ]] && __kernelbuild_word=''
                  __kernelbuild_flush
                  __kernelbuild_redirect=$__kernelbuild_c
                fi ;;
              $'\n') ((__kernelbuild_depth > 0)) || break; __kernelbuild_word+=$__kernelbuild_c ;;
              ' ' | $'\t') if ((__kernelbuild_depth > 0)); then __kernelbuild_word+=$__kernelbuild_c; else __kernelbuild_flush; fi ;;
              *) __kernelbuild_word+=$__kernelbuild_c ;;
            esac
          done
          __kernelbuild_flush
        }

        """;

    /// <summary>Which programs may run with which arguments, in __kernelbuild_args.</summary>
    private const string Rules = """
        __kernelbuild_script() {
          local __kernelbuild_path
          __kernelbuild_real "$1"
          [[ $__kernelbuild_path == "$__kernelbuild_tree"/* ]] || return 1
          case $__kernelbuild_path in
            */scripts/config | */scripts/kconfig/merge_config.sh)
              [[ -f $__kernelbuild_path ]] && __kernelbuild_note run "$__kernelbuild_path" "${@:2}" ;;
            *) return 1 ;;
          esac
        }
        __kernelbuild_shell() {
          while (($#)) && [[ $1 == -* && $1 != -*c* ]]; do shift; done
          (($#)) && [[ $1 != -* ]] && __kernelbuild_script "$@"
        }
        __kernelbuild_writes() {
          local __kernelbuild_one
          for __kernelbuild_one; do
            [[ $__kernelbuild_one == -* ]] || __kernelbuild_inside "$__kernelbuild_one" || return 1
          done
        }
        __kernelbuild_program() {
          local __kernelbuild_name=$1
          shift
          case $__kernelbuild_name in
            bash | sh | dash) __kernelbuild_shell "$@" ;;
            cat | grep | egrep | fgrep | cut | head | tail | uniq | tr | wc | basename | dirname | readlink | realpath | expr | seq | date \
              | ls | stat | cmp | diff | comm | paste | tac | nl | od | md5sum | sha1sum | sha256sum | sha512sum | sleep | uname | nproc \
              | test | '[' | echo | printf | true | false | pwd | mktemp | make) ;;
            sort) [[ " $*" != *' -o'* && " $*" != *' --out'* ]] ;;
            sed) [[ " $* " != *' -i'* && " $* " != *' --in-place'* && " $* " != *' -n -i'* ]] || __kernelbuild_writes "${@: -1}" ;;
            cp | ln | install) [[ " $*" != *' -t'* && " $*" != *' --target'* ]] && __kernelbuild_writes "${@: -1}" ;;
            rm | mv | mkdir | rmdir | tee | touch | truncate) __kernelbuild_writes "$@" ;;
            *) return 1 ;;
          esac
        }

        """;

    private const string Decision = """
        __kernelbuild_ask() {
          case ${FUNCNAME[1]} in __kernelbuild_* | append_cmd | check_defconfig) return 0 ;; esac
          [[ $BASH_COMMAND == '(('* || $BASH_COMMAND == '[['* ]] && return 0
          local __kernelbuild_word __kernelbuild_redirect __kernelbuild_raw __kernelbuild_path
          local -a __kernelbuild_words __kernelbuild_targets __kernelbuild_value __kernelbuild_args=()
          __kernelbuild_split "$BASH_COMMAND"
          for __kernelbuild_raw in "${__kernelbuild_targets[@]}"; do
            [[ $__kernelbuild_raw =~ ^[0-9-]+$ ]] && continue
            __kernelbuild_expand "$__kernelbuild_raw" && __kernelbuild_inside "${__kernelbuild_value[0]}" && continue
            __kernelbuild_skip
            return 1
          done
          while [[ ${__kernelbuild_words[0]} =~ ^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?= ]]; do
            __kernelbuild_words=("${__kernelbuild_words[@]:1}")
          done
          ((${#__kernelbuild_words[@]})) || return 0
          case $(type -t -- "${__kernelbuild_words[0]}") in
            keyword | function) return 0 ;;
            builtin)
              [[ ${__kernelbuild_words[0]} == exec || ${__kernelbuild_words[0]} == builtin ]] && { __kernelbuild_skip; return 1; }
              [[ ${__kernelbuild_words[0]} != command || ${__kernelbuild_words[1]} == -[vV] ]] && return 0
              __kernelbuild_words=("${__kernelbuild_words[@]:1}") ;;
          esac
          for __kernelbuild_raw in "${__kernelbuild_words[@]}"; do
            __kernelbuild_expand "$__kernelbuild_raw" || { __kernelbuild_skip; return 1; }
            __kernelbuild_args+=("${__kernelbuild_value[@]}")
          done
          ((${#__kernelbuild_args[@]})) || return 0
          case ${__kernelbuild_args[0]} in
            */*) __kernelbuild_script "${__kernelbuild_args[@]}" && return 0 ;;
            *) case $(type -t -- "${__kernelbuild_args[0]}") in
                keyword | function | builtin) return 0 ;;
                file) __kernelbuild_program "${__kernelbuild_args[@]}" && return 0 ;;
              esac ;;
          esac
          __kernelbuild_skip
          return 1
        }

        """;
}
