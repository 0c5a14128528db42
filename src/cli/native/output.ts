import type { Context } from '../context.ts'
import { loadPaint, wantsTextOnly } from './paint.ts'
import { inLines } from './sentence.ts'
import {
  type Column,
  csvTable,
  narrowTable,
  numericColumns,
  plainTable,
  printed,
  shownColumns,
  tableWidth,
} from './table.ts'

export type { Column } from './table.ts'

export const outputFormats = ['text', 'json', 'yaml', 'csv'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** A command's result in all the forms that it can be asked for. */
export interface Report<R> {
  /** For programs, as JSON or YAML. Its shape is a promise: docs/output.md has it. */
  readonly value: unknown
  /** For CSV, and for people where there is no `text`. */
  readonly rows: readonly R[]
  readonly columns: readonly Column<R>[]
  /** What people read where it is not the table. */
  readonly text?: () => void | Promise<void>
  /** The sentence that stands for a table without rows on a terminal. In a pipe there are the titles alone. */
  readonly none?: string
}

/** What stands for a table without rows on a terminal where a command has no better sentence. */
const NOTHING = 'There is nothing to show.'

type Scalar = string | number | boolean | null

/** What a native command prints: a table on a terminal, the same columns as plain text in a pipe, or a form for programs. */
export class Output {
  constructor(
    private readonly context: Context,
    readonly format: OutputFormat,
    readonly headers = true,
  ) {}

  /** Whether people read it, not programs. */
  get isText(): boolean {
    return this.format === 'text'
  }

  /** A line for people, or several on a narrow terminal. */
  line(text: string): void {
    const { console } = this.context
    console.out(`${console.outputIsTerminal ? inLines(text, console.outputWidth) : text}\n`)
  }

  /** Prints a result in the form that was asked for. */
  async report<R>({ value, rows, columns, text, none }: Report<R>): Promise<void> {
    const { console } = this.context
    if (this.format === 'json') console.out(`${JSON.stringify(value, null, 2)}\n`)
    else if (this.format === 'yaml') console.out((await import('../../std/yaml.ts')).stringify(value))
    else if (this.format === 'csv') console.out(csvTable(rows, columns, this.headers))
    else if (rows.length === 0 && console.outputIsTerminal && (none !== undefined || !text)) this.line(none ?? NOTHING)
    else if (text) await text()
    else await this.table(rows, columns)
  }

  /** Prints a result that is one row: its fields are the columns. */
  fields(value: Readonly<Record<string, Scalar>>, text: () => void | Promise<void>): Promise<void> {
    return this.report({ value, rows: [value], columns: fieldColumns(Object.keys(value)), text })
  }

  async table<R>(rows: readonly R[], columns: readonly Column<R>[]): Promise<void> {
    this.context.console.out(await this.tableText(rows, columns))
  }

  /** A table with its line ends. */
  async tableText<R>(rows: readonly R[], all: readonly Column<R>[]): Promise<string> {
    const columns = shownColumns(rows, all)
    const { outputIsTerminal, outputWidth } = this.context.console
    const plain = plainTable(rows, columns, this.headers, outputIsTerminal)
    // Lines between the columns take one more blank for each, and two at the edges: what has no room for them is better off without.
    const width = tableWidth(plain) + columns.length + 3
    if (!outputIsTerminal) return plain
    if (outputWidth > 0 && tableWidth(plain) > outputWidth) return narrowTable(rows, columns, this.headers, outputWidth)
    if (outputWidth > 0 && width > outputWidth) return plain
    const [{ default: Table }, paint] = await Promise.all([import('cli-table3'), loadPaint(this.context.console)])
    const table = new Table({
      colAligns: numericColumns(rows, columns).map((isNumber) => (isNumber ? 'right' : 'left')),
      head: this.headers ? columns.map(({ title }) => paint.bold(title)) : [],
      style: { head: [], border: paint.level > 0 ? ['dim'] : [], compact: true },
    })
    for (const row of rows)
      table.push(
        columns.map((column) => (column.alarm?.(row) ? paint.red(printed(column, row)) : printed(column, row))),
      )
    return `${table.toString()}\n`
  }

  /** Done, in one line; green on a terminal. */
  async done(text: string): Promise<void> {
    if (!this.context.console.outputIsTerminal) return this.line(text)
    const paint = await loadPaint(this.context.console)
    this.line(`${paint.green('✔')} ${text}`)
  }

  /** Shows a spinner on a terminal while an action runs. */
  async waiting<T>(doing: string, action: () => Promise<T>): Promise<T> {
    const { console } = this.context
    if (console.errorWidth === 0 || !this.isText || wantsTextOnly(console)) return action()
    const { default: ora } = await import('ora')
    const spinner = ora({ text: doing, discardStdin: false }).start()
    try {
      return await action()
    } finally {
      spinner.stop()
    }
  }
}

/** `recordsPerSecond` becomes the column RECORDS-PER-SECOND. */
export const fieldColumns = (names: readonly string[]): Column<Readonly<Record<string, Scalar>>>[] =>
  names.map((name) => ({
    title: name.replace(/[A-Z]/g, (letter) => `-${letter}`).toUpperCase(),
    value: (row) => row[name],
  }))
