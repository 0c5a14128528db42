import { expect, it } from 'vitest'
import type { ConfiguredSubtopology } from '../../../src/server/coordinator/group/modern/streams/partition-counts.ts'
import { assignTasks, type Worker } from '../../../src/server/coordinator/group/modern/streams/sticky.ts'
import { noTasks, type Role, roles, type Tasks } from '../../../src/server/coordinator/group/modern/streams/tasks.ts'

/** How tasks of Kafka Streams are shared out. */
const subtopology = (id: string, tasks: number, stateful = false): ConfiguredSubtopology => ({
  ...{ id, tasks, sourceTopics: [], repartitionSinkTopics: [], repartitionSourceTopics: [] },
  changelogTopics: stateful ? [{ name: 'c', partitions: tasks, replicationFactor: 1, configs: [] }] : [],
})
const worker = (memberId: string, processId: string, target: Partial<Tasks> = {}): Worker => ({
  ...{ memberId, processId },
  target: { ...noTasks, ...target },
})
const tasks = (...partitions: number[]) => new Map([['0', new Set(partitions)]])
const spelled = (assignment: ReadonlyMap<string, Tasks>, role: Role): Record<string, string[]> =>
  Object.fromEntries(
    Array.from(assignment, ([member, of]) => [
      member,
      [...of[role]].flatMap(([id, partitions]) => [...partitions].map((partition) => `${id}_${partition}`)).sort(),
    ]),
  )
const next = (workers: readonly Worker[], assignment: ReadonlyMap<string, Tasks>): Worker[] =>
  workers.map((one) => ({ ...one, target: assignment.get(one.memberId) ?? noTasks }))

it('leaves active tasks where they are, up to what is fair', () => {
  const workers = [worker('a', 'p', { active: tasks(0, 1, 2, 3) }), worker('b', 'q')]
  const active = spelled(assignTasks(workers, [subtopology('0', 4)], 0), 'active')
  expect(active).toEqual({ a: ['0_0', '0_1'], b: ['0_2', '0_3'] })
})

it('spreads the tasks of the same partition, and fills processes as they have members', () => {
  const workers = [worker('a', 'p'), worker('b', 'p'), worker('c', 'q')]
  const active = spelled(assignTasks(workers, [subtopology('0', 3), subtopology('1', 3)], 0), 'active')
  expect(Object.values(active).map(({ length }) => length)).toEqual([2, 2, 2])
})

it('keeps copies in other processes than the task, and as many as there are', () => {
  const workers = [worker('a', 'p'), worker('b', 'q'), worker('c', 'q')]
  const assignment = assignTasks(workers, [subtopology('0', 4, true), subtopology('1', 2)], 2)
  const processOf = new Map(workers.map(({ memberId, processId }) => [memberId, processId]))
  const places = new Map<string, string[]>()
  for (const role of roles)
    for (const [member, list] of Object.entries(spelled(assignment, role)))
      for (const task of list) places.set(task, [...(places.get(task) ?? []), processOf.get(member) as string])
  for (let partition = 0; partition < 4; partition++)
    expect(new Set(places.get(`0_${partition}`))).toEqual(new Set(['p', 'q']))
  for (const list of places.values()) expect(new Set(list).size).toBe(list.length)
})

it('gives a task to who has a copy of its state when its owner is gone', () => {
  const workers = [worker('b', 'q'), worker('c', 'r', { standby: tasks(0) }), worker('d', 's', { active: tasks(1) })]
  const assignment = assignTasks(workers, [subtopology('0', 2, true)], 1)
  expect(spelled(assignment, 'active')).toEqual({ b: [], c: ['0_0'], d: ['0_1'] })
})

it('changes nothing when nothing has changed', () => {
  const subtopologies = [subtopology('0', 5, true), subtopology('1', 3)]
  const workers = ['a', 'b', 'c', 'd'].map((id, at) => worker(id, `p${at % 3}`))
  const first = assignTasks(workers, subtopologies, 1)
  const second = assignTasks(next(workers, first), subtopologies, 1)
  for (const role of roles) expect(spelled(second, role)).toEqual(spelled(first, role))
})
