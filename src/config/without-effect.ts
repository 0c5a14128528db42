/** Names of properties that are taken and do nothing, by what a user has to know who has set one. */
export type Idle = Readonly<Record<string, readonly string[]>>

/** A sentence for each reason of which there is a name to tell. */
export const idleSentences = (idle: Idle, isToTell: (name: string) => boolean): string[] =>
  Object.entries(idle).flatMap(([reason, names]) => {
    const told = names.filter(isToTell)
    return told.length === 0 ? [] : [`Without effect: ${told.join(', ')} (${reason}).`]
  })
