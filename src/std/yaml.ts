/** The one way to the package, loaded with `import()` where a command turns out to need it. */
export { parse, stringify } from 'yaml'
