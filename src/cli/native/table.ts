import { csvLine } from '../../std/csv.ts'

export interface Column<R> {
  readonly title: string
  readonly value: (row: R) => string | number | boolean | null | undefined
  /** Draws attention to a cell on a terminal. */
  readonly alarm?: (row: R) => boolean
  /** Left out for people where no row has a value. */
  readonly optional?: boolean
}

/** The columns that people are shown. */
export const shownColumns = <R>(rows: readonly R[], columns: readonly Column<R>[]): readonly Column<R>[] =>
  columns.filter((column) => !column.optional || rows.some((row) => printed(column, row) !== MISSING))

const MISSING = '-'

/** A cell for people. */
export const printed = <R>({ value }: Column<R>, row: R): string => {
  const found = value(row)
  return found === undefined || found === null || found === '' ? MISSING : String(found)
}

/** Columns with two blanks between them, a header first. */
export function plainTable<R>(rows: readonly R[], all: readonly Column<R>[], headers: boolean): string {
  const columns = shownColumns(rows, all)
  const lines = rows.map((row) => columns.map((column) => printed(column, row)))
  if (headers) lines.unshift(columns.map(({ title }) => title))
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] as string).length)))
  return lines
    .map(
      (line) =>
        `${line
          .map((text, i) => text.padEnd(widths[i] as number))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Columns of the longest line. */
export const tableWidth = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length))

/** The header has the titles in lower case; what is missing is an empty field; lines end with a line feed. */
export function csvTable<R>(rows: readonly R[], columns: readonly Column<R>[], headers: boolean): string {
  const lines = rows.map((row) => csvLine(columns.map(({ value }) => value(row)?.toString())))
  if (headers) lines.unshift(csvLine(columns.map(({ title }) => title.toLowerCase())))
  return lines.join('')
}
