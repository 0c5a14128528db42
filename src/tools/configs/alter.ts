import type { Admin, ConfigOperation, ConfigResource } from '../../client/index.ts'

/** A comma or an equals sign counts only outside of square brackets. */
const OUTSIDE = String.raw`(?=[^\]]*(?:\[|$))`
const betweenPairs = new RegExp(`,${OUTSIDE}`)
const betweenNameAndValue = new RegExp(String.raw`\s*=\s*${OUTSIDE}`)

/** Reads `name=value,name=[value,value]`; throws when something else stands there. */
export function parseAdded(text: string): ConfigOperation[] {
  const pairs = text.split(betweenPairs).map((pair) => pair.split(betweenNameAndValue))
  if (pairs.some(({ length }) => length !== 2))
    throw new Error(
      'requirement failed: Invalid entity config: all configs to be added must be in the format "key=val" or  "key=[val1,val2]" to group values which contain commas.',
    )
  const last = new Map(pairs.map(([name, value]) => [String(name).trim(), String(value).replace(/[[\]]/g, '').trim()]))
  return Array.from(last, ([name, value]) => ({ name, op: 'set', value }))
}

export const parseDeleted = (text: string): ConfigOperation[] =>
  text.split(',').map((name) => ({ name: name.trim(), op: 'delete' }))

/** Sets and removes properties of one entity; throws the broker's error. */
export async function alterEntity(
  admin: Admin,
  resource: ConfigResource,
  ops: readonly ConfigOperation[],
): Promise<void> {
  const results = await admin.incrementalAlterConfigs([{ ...resource, ops }])
  for (const error of results.values()) if (error) throw error
}
