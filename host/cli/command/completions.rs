//! `forebay completions SHELL`: the script for our own flags, and behind it a question to us for
//! those of a program.

use clap::CommandFactory;
use clap_complete::Shell;
use forebay::error::Result;

use crate::answer::answer;
use crate::args::Args;
use crate::exit::Status;

/// After `run` or `call`, what the program itself could take next; else what the script above says.
const BASH: &str = r#"
_forebay_program() {
    local at
    for ((at = 1; at < COMP_CWORD; at++)); do
        case "${COMP_WORDS[at]}" in
            run | call)
                mapfile -t COMPREPLY < <(forebay complete "${COMP_WORDS[@]:at:COMP_CWORD-at+1}" 2>/dev/null)
                [ "${#COMPREPLY[@]}" -gt 0 ] && return
                break
                ;;
        esac
    done
    _forebay "$@"
}
complete -F _forebay_program -o nosort -o bashdefault -o default forebay
"#;

const ZSH: &str = r#"
_forebay_program() {
    local at=${words[(I)(run|call)]}
    if (( at > 0 && at < CURRENT )); then
        local -a found
        found=("${(@f)$(forebay complete "${(@)words[at,CURRENT]}" 2>/dev/null)}")
        found=(${found:#})
        (( ${#found} )) && compadd -- "${found[@]}" && return
    fi
    _forebay "$@"
}
compdef _forebay_program forebay
"#;

const FISH: &str = r#"
function __forebay_program
    set -l words (commandline -opc) (commandline -ct)
    for at in (seq 2 (count $words))
        if contains -- $words[$at] run call
            forebay complete $words[$at..-1] 2>/dev/null
            return
        end
    end
end
complete -c forebay -a '(__forebay_program)'
"#;

/// Runs the command.
pub fn run(shell: Shell) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "forebay", &mut script);
    script.extend_from_slice(match shell {
        Shell::Bash => BASH.as_bytes(),
        Shell::Zsh => ZSH.as_bytes(),
        Shell::Fish => FISH.as_bytes(),
        _ => b"",
    });
    answer(&script)
}
