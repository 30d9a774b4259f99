/**
 * What each shell needs to ask `mls __complete` for what may come next: the words after `mls`, and last the one that is being
 * typed, with a colon before it, since Windows PowerShell passes no empty argument on.
 */

const bash = `# In ~/.bashrc: eval "$(mls completions bash)"
_mls() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(mls __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" ":$current" 2>/dev/null | cut -f 1))
  [[ $current == "=" ]] && current=""
  [[ \${COMPREPLY[0]-} != :files ]] || { COMPREPLY=(); compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$current")); }
}
complete -F _mls mls`

const zsh = `#compdef mls
# In ~/.zshrc, after compinit: eval "$(mls completions zsh)"
_mls() {
  local -a offers
  offers=("\${(@f)$(mls __complete "\${(@)words[2,CURRENT-1]}" ":\${words[CURRENT]}" 2>/dev/null)}")
  compset -P '--*='
  if [[ \${offers[1]} == :files ]]; then _files; return; fi
  offers=("\${(@)offers//:/\\\\:}")
  offers=("\${(@)offers/$'\\t'/:}")
  _describe mls offers
}
if [[ \${funcstack[1]} == _mls ]]; then _mls "$@"; else compdef _mls mls; fi`

const fish = `# In ~/.config/fish/config.fish: mls completions fish | source
function __mls_offers
    set -l current (commandline -ct)
    set -l offers (mls __complete (commandline -opc)[2..-1] ":$current" 2>/dev/null)
    test "$offers[1]" = :files; and set offers (__fish_complete_path (string replace -r '^--[^=]*=' '' -- "$current"))
    set -l before (string replace -r '^(--[^=]*=)?.*' '$1' -- "$current")
    set -q offers[1]; and printf '%s\\n' $before$offers
end
complete -c mls -e
complete -c mls -f -a '(__mls_offers)'`

const pwsh = `# In $PROFILE: mls completions pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName mls -ScriptBlock {
  param($current, $command, $cursor)
  $words = @($command.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  $before = if ("$current" -match '^--[^=]*=') { $Matches[0] } else { '' }
  foreach ($offer in @(mls __complete @words ":$current" 2>$null)) {
    if ($offer -eq ':files') { break }
    $word, $told = $offer -split "\\t", 2
    [System.Management.Automation.CompletionResult]::new("$before$word", $word, 'ParameterValue', $(if ($told) { $told } else { $word }))
  }
}`

/** By the name of the shell. bash from 3.2, PowerShell from 5.1. */
export const SCRIPTS = { bash, zsh, fish, pwsh } as const
