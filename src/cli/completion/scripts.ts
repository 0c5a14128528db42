/** What a shell is to run to complete the words of `kafka`. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

const bash = `# Completion of kafka for bash: source <(kafka completion bash)
_kafka_complete() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o default 2>/dev/null
      COMPREPLY=()
      return
    fi
    printf -v word %q "\${line%%$'\\t'*}"
    COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kafka_complete kafka
`

const zsh = `#compdef kafka
# Completion of kafka for zsh: source <(kafka completion zsh), after compinit
_kafka() {
  local -a found
  local line
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      _files
      return
    fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe -t values kafka found
}
if [[ $funcstack[1] == _kafka ]]; then _kafka "$@"; else compdef _kafka kafka; fi
`

const fish = `# Completion of kafka for fish: kafka completion fish | source
function __kafka_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  for line in (kafka __complete fish $words[2..-1] "$typed" 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path "$typed"
    else
      echo $line
    end
  end
end
complete -c kafka -f -a '(__kafka_complete)'
`

export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
