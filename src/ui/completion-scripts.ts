export const completedShells = ['bash', 'zsh', 'fish', 'powershell'] as const
export type CompletedShell = (typeof completedShells)[number]

/** What a user's shell is to read. None of them evaluates anything that the program answers; its errors are not shown. */
export const completionScripts: Readonly<Record<CompletedShell, string>> = {
  bash: `# bash completion for mailmirror. In ~/.bashrc:
#   source <(mailmirror completion bash)
# or once, where bash-completion is installed:
#   mailmirror completion bash > ~/.local/share/bash-completion/completions/mailmirror

_mailmirror() {
  local how= line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $how ]]; then how=$line; else COMPREPLY+=("$line"); fi
  done < <("$1" complete bash -- "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
  case $how in
    files) compopt -o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
    open) compopt -o nospace 2>/dev/null ;;
  esac
}

complete -F _mailmirror mailmirror
`,
  zsh: `#compdef mailmirror
# zsh completion for mailmirror. In ~/.zshrc, behind compinit:
#   source <(mailmirror completion zsh)
# or once, into a folder of $fpath:
#   mailmirror completion zsh > ~/.zfunc/_mailmirror

_mailmirror() {
  local line how tab=$'\\t'
  local -a before values shown
  before=("\${(@Q)words[2,CURRENT-1]}")
  while IFS= read -r line; do
    if [[ -z $how ]]; then
      how=$line
    else
      values+=("\${line%%$tab*}")
      if [[ -n \${line#*$tab} ]]; then
        shown+=("\${line%%$tab*}  -- \${line#*$tab}")
      else
        shown+=("\${line%%$tab*}")
      fi
    fi
  done < <("\${(Q)words[1]}" complete zsh -- "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)
  case $how in
    files) _files ;;
    folders) _files -/ ;;
    open) compadd -S '' -d shown -- "\${values[@]}" ;;
    words) compadd -d shown -- "\${values[@]}" ;;
  esac
}

if [[ \${funcstack[1]} == _mailmirror ]]; then
  _mailmirror "$@"
else
  compdef _mailmirror mailmirror
fi
`,
  fish: `# fish completion for mailmirror. Once:
#   mailmirror completion fish > ~/.config/fish/completions/mailmirror.fish

function __mailmirror_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct | string unescape 2>/dev/null; or commandline -ct)
    set -l answer ($before[1] complete fish -- $before[2..-1] "$current" 2>/dev/null </dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
        case words open
            printf '%s\\n' $answer[2..-1]
    end
end

complete -c mailmirror -f -a '(__mailmirror_complete)'
`,
  powershell: `# PowerShell completion for mailmirror. In $PROFILE:
#   mailmirror completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName mailmirror -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $current = $wordToComplete.Trim([char[]]@([char]39, [char]34))
    # The mark keeps an empty word from being dropped on the way.
    $answer = @(& $commandAst.GetCommandName() complete powershell '--' @before "=$current" 2>$null)
    if ($answer.Count -eq 0) { return }
    if ($answer[0] -eq 'files' -or $answer[0] -eq 'folders') {
        return [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
    }
    $answer | Select-Object -Skip 1 | ForEach-Object {
        $value, $note = $_ -split [char]9, 2
        if (-not $note) { $note = $value }
        $text = if ($value -match '^[\\w./:=@%+-]+$') { $value } else { [char]39 + $value.Replace([string][char]39, [string][char]39 * 2) + [char]39 }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $note)
    }
}
`,
}
