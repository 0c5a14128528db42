import { type Assignment, type EpochAssignment, type Partitions, sameAssignment, sameEpochs } from '../assignment.ts'

/** Kinds of tasks: those that process, copies of their state, and copies that are made to take over (KIP-441). */
export const roles = ['active', 'standby', 'warmup'] as const
export type Role = (typeof roles)[number]

/** Subtopology -> partitions, by what the tasks are for. */
export type Tasks = Readonly<Record<Role, Assignment>>
/** Tasks that a member has: of active ones with the member epoch in which it got them. */
export interface CurrentTasks {
  readonly active: EpochAssignment
  readonly standby: Assignment
  readonly warmup: Assignment
}

const none = new Map<string, never>()
export const noTasks = { active: none, standby: none, warmup: none }

interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

export const sameTasks = (one: Tasks, other: Tasks): boolean =>
  roles.every((role) => sameAssignment(one[role], other[role]))

export const sameCurrent = (one: CurrentTasks, other: CurrentTasks): boolean =>
  sameEpochs(one.active, other.active) &&
  sameAssignment(one.standby, other.standby) &&
  sameAssignment(one.warmup, other.warmup)

export const withoutEpochs = ({ active, standby, warmup }: CurrentTasks): Tasks => ({
  active: new Map(Array.from(active, ([subtopology, partitions]) => [subtopology, new Set(partitions.keys())])),
  standby,
  warmup,
})

export const isNothing = (tasks: Readonly<Record<Role, Partitions>>): boolean =>
  roles.every((role) => tasks[role].size === 0)

/** As requests and records spell tasks of one kind, in order. */
export const taskIds = (tasks: Partitions): { subtopologyId: string; partitions: number[] }[] =>
  Array.from(tasks, ([subtopologyId, partitions]) => ({
    subtopologyId,
    partitions: [...partitions.keys()].sort((one, other) => one - other),
  })).sort((one, other) => (one.subtopologyId < other.subtopologyId ? -1 : 1))

export const assignmentOf = (ids: readonly TaskIds[]): Assignment =>
  new Map(ids.map(({ subtopologyId, partitions }) => [subtopologyId, new Set(partitions)]))

/** What a member says it has; null when it does not say. */
export const ownedTasks = (said: {
  readonly activeTasks: readonly TaskIds[] | null
  readonly standbyTasks: readonly TaskIds[] | null
  readonly warmupTasks: readonly TaskIds[] | null
}): Tasks | null =>
  said.activeTasks && said.standbyTasks && said.warmupTasks
    ? {
        active: assignmentOf(said.activeTasks),
        standby: assignmentOf(said.standbyTasks),
        warmup: assignmentOf(said.warmupTasks),
      }
    : null

/** Whether one of these tasks is among the others, in the same role. */
export const haveCommon = (
  some: Readonly<Record<Role, Partitions>>,
  others: Readonly<Record<Role, Partitions>>,
): boolean =>
  roles.some((role) =>
    [...some[role]].some(([subtopology, partitions]) =>
      [...partitions.keys()].some((partition) => others[role].get(subtopology)?.has(partition)),
    ),
  )
