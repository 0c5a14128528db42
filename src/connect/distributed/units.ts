/** A task of a connector. */
export interface TaskId {
  readonly connector: string
  readonly task: number
}

/** `connector-task`: the last dash separates. */
export const taskKey = ({ connector, task }: TaskId): string => `${connector}-${task}`

/** The inverse of `taskKey`; undefined for what is none. */
export function parseTaskKey(key: string): TaskId | undefined {
  const [, connector, number] = /^(.+)-(\d+)$/s.exec(key) ?? []
  return connector === undefined ? undefined : { connector, task: Number(number) }
}

export const byTask = (a: TaskId, b: TaskId): number =>
  a.connector === b.connector ? a.task - b.task : a.connector < b.connector ? -1 : 1

/** Connectors, by name, and tasks, by `taskKey`: what is shared out among workers. */
export class Units {
  constructor(
    readonly connectors: Set<string> = new Set(),
    readonly tasks: Set<string> = new Set(),
  ) {}

  static of(connectors: Iterable<string>, tasks: Iterable<TaskId>): Units {
    return new Units(new Set(connectors), new Set(Array.from(tasks, taskKey)))
  }

  static union(all: Iterable<Units>): Units {
    const sum = new Units()
    for (const one of all) sum.add(one)
    return sum
  }

  get isEmpty(): boolean {
    return this.connectors.size === 0 && this.tasks.size === 0
  }

  copy(): Units {
    return new Units(new Set(this.connectors), new Set(this.tasks))
  }

  add(other: Units): void {
    for (const name of other.connectors) this.connectors.add(name)
    for (const key of other.tasks) this.tasks.add(key)
  }

  remove(other: Units): void {
    for (const name of other.connectors) this.connectors.delete(name)
    for (const key of other.tasks) this.tasks.delete(key)
  }

  without(...others: readonly Units[]): Units {
    const rest = this.copy()
    for (const other of others) rest.remove(other)
    return rest
  }

  common(other: Units): Units {
    return new Units(
      new Set([...this.connectors].filter((name) => other.connectors.has(name))),
      new Set([...this.tasks].filter((key) => other.tasks.has(key))),
    )
  }

  taskIds(): TaskId[] {
    return Array.from(this.tasks, (key) => parseTaskKey(key) as TaskId)
  }
}
