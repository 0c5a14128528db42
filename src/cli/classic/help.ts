/**
 * The option table of Apache's help texts: two columns in 80, lines broken where Java's text library would break them, every line padded
 * to the full width.
 */
import type { OptionSpec } from './option-parser.ts'

const WIDTH = 80
const GAP = 2
const INDENT = '  '

/**
 * One unit that a line is never broken within: opening characters, then a number or other characters, then the dashes or the closing
 * punctuation after them, then blanks.
 */
const PRE = String.raw`["'\p{Sc}\p{Ps}\p{Pi}]`
const POST = String.raw`["'\p{Pe}\p{Pf}!%.,:;?]`
const NUMBER = String.raw`[\p{Sc}\p{Ps}\p{Pi}\p{Pd}]*\d+(?:[.,]\d+)*`
const OTHER = String.raw`[^\s\p{Sc}\p{Ps}\p{Pi}\p{Pd}"\p{Pe}\p{Pf}!%.,:;?]*`
const TAIL = String.raw`(?:\p{Pd}+|${POST}*) *\t?`
const withNumber = new RegExp(`${PRE}*${NUMBER}${TAIL}`, 'uy')
const withOther = new RegExp(`${PRE}*${OTHER}${TAIL}`, 'uy')

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}

function breakUnits(line: string): string[] {
  const units: string[] = []
  for (let at = 0; at < line.length; ) {
    const length = Math.max(1, matchLength(withNumber, line, at), matchLength(withOther, line, at))
    units.push(line.slice(at, at + length))
    at += length
  }
  return units
}

function wrapLine(line: string, width: number): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const unit of breakUnits(line)) {
    if (piece.length + unit.length > width) {
      pieces.push(piece.trimEnd())
      piece = INDENT + unit
    } else piece += unit
  }
  if (piece.length > 0) pieces.push(piece)
  return pieces
}

function wrap(text: string, width: number): string[] {
  const lines = text.trim().split('\n')
  while (lines.length > 1 && lines.at(-1) === '') lines.pop()
  return lines.flatMap((line) => wrapLine(line, width))
}

function typeName({ choices, separator, type }: NonNullable<OptionSpec['argument']>): string {
  if (!choices) return type
  return separator === undefined ? `[${choices.join(',')}]` : choices.join(separator)
}

function optionColumn({ name, argument, mandatory }: OptionSpec): string {
  const shown = `${mandatory ? '* ' : ''}--${name}`
  if (!argument) return shown
  const type = typeName(argument)
  const inner = argument.label === '' ? type : `${type}: ${argument.label}`
  return `${shown} ${argument.required ? `<${inner}>` : `[${inner}]`}`
}

function descriptionColumn({ text, argument }: OptionSpec): string {
  return argument?.fallback === undefined ? text : `${text} (default: ${argument.fallback})`.trim()
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length))

/** The table, from its heading to the line break after the last option. */
export function formatHelp(table: readonly OptionSpec[]): string {
  const shown = table.filter(({ standsFor }) => standsFor === undefined)
  const sorted = shown.sort((a, b) => (a.name < b.name ? -1 : 1))
  const rows = sorted.map((spec) => [optionColumn(spec), descriptionColumn(spec)] as const)
  const heading = table.some(({ mandatory }) => mandatory) ? 'Option (* = required)' : 'Option'
  rows.unshift([heading, 'Description'], ['-'.repeat(heading.length), '-----------'])

  const left = Math.min((WIDTH - GAP) / 2, widest(rows.map((row) => row[0])))
  const right = Math.min(WIDTH - left - GAP, widest(rows.map((row) => row[1])))
  const fitted = rows.flatMap(([option, description]) => {
    const options = wrap(option, left)
    const descriptions = wrap(description, right)
    const count = Math.max(options.length, descriptions.length)
    return Array.from({ length: count }, (_, i) => [options[i] ?? '', descriptions[i] ?? ''] as const)
  })
  const leftWidth = Math.min((WIDTH - GAP) / 2, widest(fitted.map((row) => row[0])))
  const rightWidth = Math.min(WIDTH - leftWidth - GAP, widest(fitted.map((row) => row[1])))
  return fitted
    .map(([option, description]) => `${option.padEnd(leftWidth)}${' '.repeat(GAP)}${description.padEnd(rightWidth)}\n`)
    .join('')
}
