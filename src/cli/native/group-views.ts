import { type GroupListing, KafkaError, type Node } from '../../client/index.ts'
import { WrappedError } from '../../tools/groups/wrapped-error.ts'
import { type Column, fieldColumns, type Output } from './output.ts'

/** What share groups and streams groups have in common. */
export interface AnyGroup {
  readonly groupId: string
  readonly state: string
  readonly coordinator: Node
  readonly members: readonly object[]
}

/** Runs a call that only brokers with groups of this kind know; says so where they do not. */
export async function withGroupsOf<R>(kind: 'share' | 'streams', call: () => Promise<R>): Promise<R> {
  try {
    return await call()
  } catch (error) {
    const cause = error instanceof WrappedError ? error.cause : error
    if (!(cause instanceof KafkaError) || cause.error !== 'UNSUPPORTED_VERSION') throw error
    throw new Error(
      `The cluster does not support ${kind} groups: Apache's brokers do from 4.2 on, where ${kind}.version is 1.`,
    )
  }
}

export const noGroups = 'There are no such groups.'

/** Prints a line about each group and a table under it; in CSV one table for all. */
export function reportGroups<V extends { readonly group: AnyGroup }, T extends object>(
  output: Output,
  views: readonly V[],
  json: (view: V) => object,
  rowsOf: (view: V) => readonly T[],
  columns: readonly Column<T>[],
): Promise<void> {
  return output.report<T & { readonly groupId: string }>({
    value: { groups: views.map(json) },
    rows: views.flatMap((view) => rowsOf(view).map((row) => ({ ...row, groupId: view.group.groupId }))),
    columns: [{ title: 'GROUP', value: ({ groupId }) => groupId }, ...columns],
    ...(views.length === 0 ? { none: noGroups } : {}),
    text: async () => {
      for (const [index, view] of views.entries()) {
        const { groupId, state, members, coordinator } = view.group
        const count = `${members.length} ${members.length === 1 ? 'member' : 'members'}`
        if (index > 0) output.line('')
        output.line(
          `${groupId}  ${state}  ${count}  coordinator ${coordinator.host}:${coordinator.port} (${coordinator.id})`,
        )
        const rows = rowsOf(view)
        if (rows.length > 0) await output.table(rows, columns)
      }
    },
  })
}

/** The fields that both have in JSON. */
export const groupFields = ({ groupId, state, coordinator: { id, host, port } }: AnyGroup) => ({
  group: groupId,
  state,
  coordinator: { id, host, port },
})

/** Prints groups by id, with some fields of each. */
export function listGroups(
  output: Output,
  found: readonly GroupListing[],
  fields: Readonly<Record<string, (group: GroupListing) => string>>,
): Promise<void> {
  const byId = [...found].sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  const columns = { group: ({ groupId }: GroupListing) => groupId, ...fields }
  const groups = byId.map((group) => Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, of(group)])))
  return output.report({
    value: { groups },
    rows: groups,
    columns: fieldColumns(Object.keys(columns)),
    none: noGroups,
  })
}
