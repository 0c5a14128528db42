import { Args } from '@oclif/core'
import { completionScripts, type Shell, shells } from '../cli/completion/scripts.ts'
import { BaseCommand } from '../cli/native/base-command.ts'

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'Print what makes a shell complete commands, flags and names'
  static override description =
    'bash: add `source <(kafka completion bash)` to ~/.bashrc. zsh: add `source <(kafka completion zsh)` to ~/.zshrc, after compinit. fish: `kafka completion fish > ~/.config/fish/completions/kafka.fish`. Names of topics and groups come from the cluster that the command would talk to; they are kept for a minute, and a cluster that does not answer within 150 ms gives none.'
  static override examples = [
    '<%= config.bin %> completion bash',
    '<%= config.bin %> completion zsh',
    '<%= config.bin %> completion fish',
  ]
  static override args = {
    shell: Args.string({ ignoreStdin: true, required: true, options: [...shells], description: 'Shell' }),
  }

  async run(): Promise<void> {
    const script = completionScripts[this.args.shell as Shell]
    await this.output.fields({ shell: this.args.shell, script }, () => this.context.console.out(script))
  }
}
