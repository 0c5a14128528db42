import type { ConfiguredSubtopology } from './partition-counts.ts'
import type { Tasks } from './tasks.ts'

/** A member as the assignor sees it. */
export interface Worker {
  readonly memberId: string
  readonly processId: string
  /** What it was to have so far. */
  readonly target: Tasks
}

interface Task {
  readonly subtopologyId: string
  readonly partition: number
}

interface Load {
  readonly memberId: string
  readonly process: Process
  readonly active: Task[]
  readonly standby: Task[]
}

/** What the members of one process have together: no task twice. */
interface Process {
  readonly members: Load[]
  readonly tasks: Set<string>
}

const keyOf = ({ subtopologyId, partition }: Task): string => `${subtopologyId}_${partition}`
const countOf = ({ active, standby }: Load): number => active.length + standby.length
const loadOf = ({ tasks, members }: Process): number => tasks.size / members.length

/** The first of those that have least. */
const least = <T>(list: readonly T[], of: (one: T) => number): T | undefined =>
  list.reduce<T | undefined>((best, one) => (best === undefined || of(one) < of(best) ? one : best), undefined)

/** How much is fair for one, which shrinks as members reach it and others are left with the rest. */
class Quota {
  constructor(
    private tasks: number,
    private members: number,
  ) {}

  get perMember(): number {
    return this.members === 0 ? 0 : Math.ceil(this.tasks / this.members)
  }

  /** A member has so many now. */
  reached(count: number): void {
    const full = this.perMember
    if (count !== full) return
    this.members--
    this.tasks -= full
  }
}

/**
 * Tasks for the members of a streams group: active ones stay where they were or where a copy of their state is, as far as that is fair, and
 * go to who has least otherwise; then copies of those with state, in other processes than the task itself.
 */
export function assignTasks(
  workers: readonly Worker[],
  subtopologies: readonly ConfiguredSubtopology[],
  standbyReplicas: number,
): Map<string, Tasks> {
  const loads = loadsOf(workers)
  const active = subtopologies.flatMap(tasksOf)
  const stateful = subtopologies.filter(({ changelogTopics }) => changelogTopics.length > 0).flatMap(tasksOf)
  const total = active.length + stateful.length * standbyReplicas
  const quotas = { active: new Quota(active.length, workers.length), all: new Quota(total, workers.length) }
  const former = formerOwners(workers, loads)
  assignActive(active, loads, former, quotas)
  if (standbyReplicas > 0) assignStandby(stateful, standbyReplicas, loads, former, quotas.all)
  return new Map(
    loads.map((load) => [
      load.memberId,
      { active: grouped(load.active), standby: grouped(load.standby), warmup: new Map() },
    ]),
  )
}

const tasksOf = ({ id, tasks }: ConfiguredSubtopology): Task[] =>
  Array.from({ length: tasks }, (_, partition) => ({ subtopologyId: id, partition }))

function loadsOf(workers: readonly Worker[]): Load[] {
  const processes = new Map<string, Process>()
  return workers.map(({ memberId, processId }) => {
    let process = processes.get(processId)
    if (!process) processes.set(processId, (process = { members: [], tasks: new Set() }))
    const load: Load = { memberId, process, active: [], standby: [] }
    process.members.push(load)
    return load
  })
}

interface Former {
  readonly active: ReadonlyMap<string, Load>
  readonly standby: ReadonlyMap<string, readonly Load[]>
}

function formerOwners(workers: readonly Worker[], loads: readonly Load[]): Former {
  const active = new Map<string, Load>()
  const standby = new Map<string, Load[]>()
  for (const [at, { target }] of workers.entries()) {
    const load = loads[at] as Load
    for (const key of keysOf(target.active)) active.set(key, load)
    for (const key of keysOf(target.standby)) standby.set(key, [...(standby.get(key) ?? []), load])
  }
  return { active, standby }
}

function* keysOf(tasks: Tasks['active']): Generator<string> {
  for (const [subtopologyId, partitions] of tasks)
    for (const partition of partitions) yield keyOf({ subtopologyId, partition })
}

function give(load: Load, task: Task, role: 'active' | 'standby'): void {
  load[role].push(task)
  load.process.tasks.add(keyOf(task))
}

const processesOf = (loads: readonly Load[]): Process[] => [...new Set(loads.map(({ process }) => process))]

const byPlace = (one: Task, other: Task): number =>
  one.subtopologyId === other.subtopologyId
    ? one.partition - other.partition
    : one.subtopologyId < other.subtopologyId
      ? -1
      : 1
const byPartition = (one: Task, other: Task): number => one.partition - other.partition || byPlace(one, other)

function assignActive(
  tasks: readonly Task[],
  loads: readonly Load[],
  former: Former,
  quotas: { readonly active: Quota; readonly all: Quota },
): void {
  const assign = (load: Load, task: Task) => {
    give(load, task, 'active')
    quotas.active.reached(countOf(load))
    quotas.all.reached(countOf(load))
  }
  const hasRoom = (load: Load | undefined): load is Load =>
    load !== undefined && countOf(load) < quotas.active.perMember
  let open = [...tasks].sort(byPlace)
  for (const ownerOf of [
    (task: Task) => former.active.get(keyOf(task)),
    (task: Task) => least(former.standby.get(keyOf(task)) ?? [], ({ process }) => loadOf(process)),
  ])
    open = open.filter((task) => {
      const owner = ownerOf(task)
      if (!hasRoom(owner)) return true
      assign(owner, task)
      return false
    })
  // Tasks that read the same partitions of different topics go to different members.
  const processes = processesOf(loads)
  for (const task of open.sort(byPartition)) {
    const process = least(processes, loadOf)
    const load = process && least(process.members, countOf)
    if (load) assign(load, task)
  }
}

function assignStandby(
  tasks: readonly Task[],
  replicas: number,
  loads: readonly Load[],
  former: Former,
  quota: Quota,
): void {
  const assign = (load: Load, task: Task) => {
    give(load, task, 'standby')
    quota.reached(countOf(load))
  }
  const isFree = (load: Load, task: Task) => !load.process.tasks.has(keyOf(task))
  const hasRoom = (load: Load, task: Task) => isFree(load, task) && countOf(load) < quota.perMember
  const open: { readonly task: Task; readonly count: number }[] = []
  for (const task of [...tasks].sort(byPlace).reverse()) {
    let left = replicas
    const active = former.active.get(keyOf(task))
    // Where the task itself was, its state still is.
    if (active && hasRoom(active, task)) {
      assign(active, task)
      left--
    }
    const copies = former.standby.get(keyOf(task)) ?? []
    for (; left > 0; left--) {
      const owner = least(
        copies.filter((load) => hasRoom(load, task)),
        ({ process }) => loadOf(process),
      )
      if (!owner) break
      assign(owner, task)
    }
    if (left > 0) open.push({ task, count: left })
  }
  const processes = processesOf(loads)
  for (const { task, count } of open)
    for (let copy = 0; copy < count; copy++) {
      const process = least(
        processes.filter((one) => !one.tasks.has(keyOf(task))),
        loadOf,
      )
      const load = process && least(process.members, countOf)
      if (load) assign(load, task)
    }
}

function grouped(tasks: readonly Task[]): Tasks['active'] {
  const groups = new Map<string, Set<number>>()
  for (const { subtopologyId, partition } of tasks) {
    const present = groups.get(subtopologyId)
    if (present) present.add(partition)
    else groups.set(subtopologyId, new Set([partition]))
  }
  return groups
}
