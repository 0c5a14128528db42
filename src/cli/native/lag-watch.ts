import { type GroupLagView, lagByTopic, sumLag } from '../../tools/groups/lag.ts'
import type { Context } from '../context.ts'
import { sentenceOf } from '../exit.ts'
import { groupJson, type LagLevel, lagColumns } from './groups.ts'
import type { Column, Output } from './output.ts'
import { wantsTextOnly } from './paint.ts'
import { csvTable, plainTable } from './table.ts'
import { isoTime } from './time.ts'

interface WatchRow {
  readonly time: string
  readonly group: string
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly lag: number | undefined
  readonly lagSeconds: number | undefined
  /** Records a second by which the lag grows; undefined the first time. */
  readonly trend: number | undefined
}

export interface WatchOptions {
  readonly by: LagLevel
  readonly everyMs: number
  readonly next: () => Promise<GroupLagView[]>
}

const HOME = '\u001b[H'
const CLEAR = '\u001b[2J'
const END_OF_LINE = '\u001b[K'
const REST_OF_SCREEN = '\u001b[J'

/** Drawn over what stood there: some terminals keep each screen that is cleared among the lines to scroll back to. */
const redrawn = (text: string): string => HOME + text.replaceAll('\n', `${END_OF_LINE}\n`) + REST_OF_SCREEN

/** Shows the lag of groups again and again: in place on a terminal, line after line in a pipe. Ends with a signal, or with its reader. */
export class LagWatch {
  /** Lags of the time before, by row. */
  private before = new Map<string, number>()
  private beforeAt = 0
  private isFirst = true

  constructor(
    private readonly context: Context,
    private readonly output: Output,
    private readonly options: WatchOptions,
  ) {}

  async run(): Promise<void> {
    const { console, runtime } = this.context
    const { clock } = runtime
    const stop = new AbortController()
    const quiet = console.onSignal(() => stop.abort())
    const stopped = new Promise<undefined>((resolve) => stop.signal.addEventListener('abort', () => resolve(undefined)))
    const sink = console.output()
    try {
      while (!stop.signal.aborted && !sink.closed) {
        const start = clock.monotonic()
        const text = await Promise.race([this.frame(), stopped])
        if (text === undefined) break
        await sink.write(Buffer.from(text))
        const left = this.options.everyMs - (clock.monotonic() - start)
        await clock.sleep(Math.max(0, left), stop.signal).catch(() => {})
      }
      await sink.flush()
    } finally {
      quiet()
    }
  }

  /** What is written this time. Only the first failure ends the watch: a broker that restarts comes back. */
  private async frame(): Promise<string> {
    try {
      const text = await this.draw(await this.options.next())
      this.isFirst = false
      return text
    } catch (error) {
      if (this.isFirst) throw error
      this.context.console.error(`${sentenceOf(error)}\n`)
      return ''
    }
  }

  private async draw(views: readonly GroupLagView[]): Promise<string> {
    const { output, isFirst } = this
    const now = this.context.runtime.clock.now()
    const rows = this.rows(views, now)
    const columns = this.columns()
    if (output.format === 'json') return `${JSON.stringify({ time: Math.floor(now), groups: views.map(groupJson) })}\n`
    if (output.format === 'yaml') {
      const { stringify } = await import('../../std/yaml.ts')
      return `---\n${stringify({ time: Math.floor(now), groups: views.map(groupJson) })}`
    }
    const stamped = [{ title: 'TIME', value: ({ time }: WatchRow) => time }, ...columns]
    if (output.format === 'csv') return csvTable(rows, stamped, isFirst && output.headers)
    const { console } = this.context
    if (!console.outputIsTerminal || wantsTextOnly(console)) return this.lines(rows, stamped)
    const boxed = await output.tableText(rows, columns)
    const isTall = boxed.split('\n').length > console.outputHeight - 2
    const screen = this.fit(`${this.heading(now)}\n${isTall ? plainTable(rows, columns, output.headers, true) : boxed}`)
    return isFirst ? HOME + CLEAR + screen : redrawn(screen)
  }

  /** Titles stand above the first rows only, but all rows keep to their widths. */
  private lines(rows: readonly WatchRow[], columns: readonly Column<WatchRow>[]): string {
    const text = plainTable(rows, columns, true)
    return this.isFirst && this.output.headers ? text : text.slice(text.indexOf('\n') + 1)
  }

  private heading(now: number): string {
    return `${isoTime(now)}  every ${this.options.everyMs / 1000} s  trend in records/s  Ctrl-C ends`
  }

  /** What the terminal has room for. */
  private fit(text: string): string {
    const { outputHeight } = this.context.console
    const lines = text.split('\n')
    if (outputHeight < 4 || lines.length <= outputHeight) return text
    const shown = lines.slice(0, outputHeight - 2)
    return `${shown.join('\n')}\n... ${lines.length - shown.length} more lines; --by topic or --by group has fewer\n`
  }

  private columns(): Column<WatchRow>[] {
    const { by } = this.options
    return [
      { title: 'GROUP', value: ({ group }) => group },
      ...(by === 'group' ? [] : [{ title: 'TOPIC', value: ({ topic }: WatchRow) => topic }]),
      ...(by === 'partition' ? [{ title: 'PARTITION', value: ({ partition }: WatchRow) => partition }] : []),
      ...lagColumns,
      {
        title: 'TREND',
        isNumber: true,
        value: ({ trend }) => trendText(trend),
        alarm: ({ trend }) => (trend ?? 0) > 0,
      },
    ]
  }

  private rows(views: readonly GroupLagView[], now: number): WatchRow[] {
    const { before, beforeAt } = this
    this.before = new Map()
    this.beforeAt = now
    const time = isoTime(now)
    return views.flatMap(({ group: { groupId: group }, rows }) =>
      this.lags(rows).map(({ topic, partition, lag, lagSeconds }) => {
        const key = JSON.stringify([group, topic, partition])
        const earlier = before.get(key)
        if (lag !== undefined) this.before.set(key, lag)
        const isKnown = lag !== undefined && earlier !== undefined && now > beforeAt
        const trend = isKnown ? ((lag - earlier) * 1000) / (now - beforeAt) : undefined
        return { time, group, topic, partition, lag, lagSeconds, trend }
      }),
    )
  }

  private lags(rows: GroupLagView['rows']): Omit<WatchRow, 'time' | 'group' | 'trend'>[] {
    if (this.options.by === 'partition') return [...rows]
    if (this.options.by === 'topic') return lagByTopic(rows).map((sum) => ({ ...sum, partition: undefined }))
    return [{ ...sumLag(rows), topic: undefined, partition: undefined }]
  }
}

/** `+12.5`, `-3.0`, `0`. */
function trendText(trend: number | undefined): string | undefined {
  if (trend === undefined) return undefined
  const text = trend.toFixed(1)
  if (Number(text) === 0) return '0'
  return trend > 0 ? `+${text}` : text
}
