/** English, in the order of Java's fields: weeks begin with Sunday. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
export const HALVES = ['AM', 'PM']
export const ERAS = ['BC', 'AD']

/** Three letters, or from four on the whole name. */
export const shortened = (name: string, count: number): string => (count >= 4 ? name : name.slice(0, 3))

/** Minutes ahead of UTC. */
export const ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  UT: 0,
  GMT: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  CET: 60,
  CEST: 120,
}
