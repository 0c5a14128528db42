import { csvLine } from '../../std/csv.ts'

export interface Column<R> {
  readonly title: string
  readonly value: (row: R) => string | number | boolean | null | undefined
  /** What people read of a value that is there, when it is not the value itself. */
  readonly text?: (row: R) => string
  /** A number though its value is a text, such as one with a fixed number of digits. */
  readonly isNumber?: boolean
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
export const printed = <R>({ value, text }: Column<R>, row: R): string => {
  const found = value(row)
  if (found === undefined || found === null || found === '') return MISSING
  return text ? text(row) : String(found)
}

/** Which columns have numbers only, but for what is missing: they end at their right edge on a terminal. */
export const numericColumns = <R>(rows: readonly R[], columns: readonly Column<R>[]): boolean[] =>
  columns.map(({ value, text, isNumber }) => {
    if (isNumber || text) return Boolean(isNumber)
    const found = rows.map(value).filter((cell) => cell !== undefined && cell !== null && cell !== '')
    return found.length > 0 && found.every((cell) => typeof cell === 'number')
  })

const pad = (text: string, width: number, toRight: boolean | undefined): string =>
  toRight ? text.padStart(width) : text.padEnd(width)

/** Columns with two blanks between them, a header first. In a pipe numbers begin at the left, as all else. */
export function plainTable<R>(
  rows: readonly R[],
  all: readonly Column<R>[],
  headers: boolean,
  onTerminal = false,
): string {
  const columns = shownColumns(rows, all)
  const lines = rows.map((row) => columns.map((column) => printed(column, row)))
  if (headers) lines.unshift(columns.map(({ title }) => title))
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] as string).length)))
  const numeric = onTerminal ? numericColumns(rows, columns) : []
  return lines
    .map(
      (line) =>
        `${line
          .map((text, i) => pad(text, widths[i] as number, numeric[i]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** A cell in lines of at most `width` characters, which end behind a blank or a mark where there is one. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const behind = rest.slice(0, width).search(/[ .,;:/_-][^ .,;:/_-]*$/) + 1
    const end = behind > width / 3 ? behind : width
    lines.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return [...lines, rest]
}

/** No column is made narrower than this. */
const NARROWEST = 12

/** The widths with the widest made narrower until all fit; undefined where they cannot. */
function fittedWidths(widths: readonly number[], room: number): number[] | undefined {
  const fitted = [...widths]
  for (let excess = fitted.reduce((sum, width) => sum + width + 2, -2) - room; excess > 0; excess--) {
    const widest = fitted.indexOf(Math.max(...fitted))
    if ((fitted[widest] as number) <= NARROWEST) return undefined
    fitted[widest] = (fitted[widest] as number) - 1
  }
  return fitted
}

/** The plain table within so many characters: long cells go on in the lines below; as a block for each row where not even that helps. */
export function narrowTable<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  headers: boolean,
  room: number,
): string {
  const cells = rows.map((row) => columns.map((column) => printed(column, row)))
  if (headers) cells.unshift(columns.map(({ title }) => title))
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] as string).length)))
  const fitted = fittedWidths(widths, room)
  if (!fitted) return rowBlocks(rows, columns)
  const numeric = numericColumns(rows, columns)
  return cells.map((line) => rowLines(line, fitted, numeric)).join('')
}

function rowLines(cells: readonly string[], widths: readonly number[], numeric: readonly boolean[]): string {
  const parts = cells.map((cell, index) => wrapped(cell, widths[index] as number))
  const height = Math.max(...parts.map(({ length }) => length))
  return Array.from({ length: height }, (_, at) => {
    const line = parts.map((lines, index) => pad(lines[at] ?? '', widths[index] as number, numeric[index])).join('  ')
    return `${line.trimEnd()}\n`
  }).join('')
}

/** Each row as lines of titles and cells, with an empty line between rows. */
function rowBlocks<R>(rows: readonly R[], columns: readonly Column<R>[]): string {
  const width = Math.max(...columns.map(({ title }) => title.length))
  const block = (row: R): string =>
    columns.map((column) => `${column.title.padEnd(width)}  ${printed(column, row)}\n`).join('')
  return rows.map(block).join('\n')
}

/** Columns of the longest line. */
export const tableWidth = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length))

/** The header has the titles in lower case; what is missing is an empty field; lines end with a line feed. */
export function csvTable<R>(rows: readonly R[], columns: readonly Column<R>[], headers: boolean): string {
  const lines = rows.map((row) => csvLine(columns.map(({ value }) => value(row)?.toString())))
  if (headers) lines.unshift(csvLine(columns.map(({ title }) => title.toLowerCase())))
  return lines.join('')
}
