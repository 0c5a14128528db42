/** Texts of Apache's kafka-metadata-shell. */
export const shellUsage = `usage: kafka-metadata-shell [-h] --snapshot SNAPSHOT
                            [command [command ...]]
`

export const shellHelp = `${shellUsage}
The Apache Kafka metadata shell

positional arguments:
  command                The command to run.

optional arguments:
  -h, --help             show this help message and exit
  --snapshot SNAPSHOT, -s SNAPSHOT
                         The metadata snapshot file to read.
`

const names = ['cat', 'cd', 'exit', 'find', 'help', 'history', 'ls', 'man', 'pwd', 'tree'] as const
export type ShellCommand = (typeof names)[number]
export const shellCommands: readonly string[] = names

/** What Apache's shell takes on its own command line. */
export const shellOneShots: readonly string[] = ['cat', 'find', 'ls', 'tree']

export const welcome = `Welcome to the Apache Kafka metadata shell.

usage:  {cat,cd,exit,find,help,history,ls,man,pwd,tree} ...

positional arguments:
  {cat,cd,exit,find,help,history,ls,man,pwd,tree}
    cat                  Show the contents of metadata files.
    cd                   Set the current working directory.
    exit                 Exit the metadata shell.
    find                 Search for nodes in the directory hierarchy.
    help                 Display this help message.
    history              Print command history.
    ls                   List metadata nodes.
    man                  Show the help text for a specific command.
    pwd                  Print the current working directory.
    tree                 Show the contents  of  metadata  nodes  in  a tree
                         structure.
`

interface CommandText {
  readonly about: string
  /** What the command takes, as its usage line has it, and what that is. */
  readonly usage?: string
  readonly argument?: readonly [string, string]
  /** Fewest and most arguments. */
  readonly counts: readonly [number, number]
}

export const shellTexts: Readonly<Record<ShellCommand, CommandText>> = {
  cat: {
    about: 'Show the contents of metadata files.',
    usage: 'targets [targets ...]',
    argument: ['targets', 'The metadata files to display.'],
    counts: [1, Number.POSITIVE_INFINITY],
  },
  cd: {
    about: 'Set the current working directory.',
    usage: '[target]',
    argument: ['target', 'The directory to change to.'],
    counts: [0, 1],
  },
  exit: { about: 'Exit the metadata shell.', counts: [0, 0] },
  find: {
    about: 'Search for nodes in the directory hierarchy.',
    usage: '[paths [paths ...]]',
    argument: ['paths', 'The paths to start at.'],
    counts: [0, Number.POSITIVE_INFINITY],
  },
  help: { about: 'Display this help message.', counts: [0, 0] },
  history: {
    about: 'Print command history.',
    usage: '[numEntriesToShow]',
    argument: ['numEntriesToShow', 'The number of entries to show.'],
    counts: [0, 1],
  },
  ls: {
    about: 'List metadata nodes.',
    usage: '[targets [targets ...]]',
    argument: ['targets', 'The metadata node paths to list.'],
    counts: [0, Number.POSITIVE_INFINITY],
  },
  man: {
    about: 'Show the help text for a specific command.',
    usage: 'cmd',
    argument: ['cmd', 'The command to get help text for.'],
    counts: [1, 1],
  },
  pwd: { about: 'Print the current working directory.', counts: [0, 0] },
  tree: {
    about: 'Show the contents of metadata nodes in a tree structure.',
    usage: 'targets [targets ...]',
    argument: ['targets', 'The metadata nodes to display.'],
    counts: [1, Number.POSITIVE_INFINITY],
  },
}

/** The answer to `man ls`. */
export function manText(command: ShellCommand): string {
  const { about, usage, argument } = shellTexts[command]
  const list = argument ? `\npositional arguments:\n  ${argument[0].padEnd(23)}${argument[1]}\n` : ''
  return `${command}: ${about}\n\nusage: ${command}${usage ? ` ${usage}` : ''}\n${list}`
}

/** The answer to `ls -h`. */
export function commandHelp(command: ShellCommand): string {
  const { usage, argument } = shellTexts[command]
  const list = argument ? `positional arguments:\n  ${argument[0].padEnd(23)}${argument[1]}\n\n` : ''
  return `usage:  ${command} [-h]${usage ? ` ${usage}` : ''}\n\n${list}optional arguments:\n  -h, --help             show this help message and exit\n`
}
