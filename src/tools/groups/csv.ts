/** Plans of offsets as comma-separated values: `topic,partition,offset`, with the group in front when there are several. */
import type { PlannedOffset } from './reset.ts'

const quoted = (text: string): string => (/[",\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

export function planLine(groupId: string | undefined, { topic, partition, offset }: PlannedOffset): string {
  const group = groupId === undefined ? '' : `${quoted(groupId)},`
  return `${group}${quoted(topic)},${partition},${offset}\n`
}

function fields(line: string): string[] {
  const pattern = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y
  const found: string[] = []
  for (let more = true; more; ) {
    const match = pattern.exec(line)
    if (!match) throw new Error(`Cannot read the line '${line}' of the reset plan.`)
    found.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    more = match[3] === ','
  }
  return found
}

/**
 * Reads a plan; lines of three fields belong to `onlyGroup`, those of four name their group. Throws for a line that is neither.
 */
export function parsePlan(text: string, onlyGroup: string | undefined): Map<string, PlannedOffset[]> {
  const plan = new Map<string, PlannedOffset[]>()
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue
    const all = fields(line.trim())
    const group = all.length === 4 ? all[0] : onlyGroup
    const [topic, partition, offset] = all.slice(-3)
    const isWhole = (part: string | undefined) => /^\d+$/.test(part?.trim() ?? '')
    if (group === undefined || topic === undefined || all.length > 4 || !isWhole(partition) || !isWhole(offset))
      throw new Error(`Cannot read the line '${line}' of the reset plan.`)
    const offsets = plan.get(group) ?? []
    plan.set(group, offsets)
    offsets.push({ topic, partition: Number(partition), offset: Number(offset) })
  }
  return plan
}
