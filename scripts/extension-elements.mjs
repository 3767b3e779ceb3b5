/**
 * The table of the elements that customer-account extensions may use, read out of the types of the installed
 * @shopify/ui-extensions: nothing is typed by hand, and nothing of the package is copied into the tree. The stand-in
 * account (sandbox/account/) allows what is in it and no more.
 *
 * A row is `{props, events, methods}`. A property has a `kind` (boolean, number, array, string or any) and, where the
 * type is a closed list of words, these `words`.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const projectFolder = fileURLToPath(new URL('../', import.meta.url))
const COMPONENTS =
  'node_modules/@shopify/ui-extensions/build/ts/surfaces/customer-account/components'

/** The fewest rows worth believing. The package has 70; a handful would mean that its layout has changed. */
const FEWEST_ELEMENTS = 50

/** Longer lists are all combinations of a shorthand, like `large-100 base dashed`: they are left open. */
const MOST_WORDS = 64

/** Belongs to JSX, not to the element. */
const NOT_PROPERTIES = ['key', 'ref', 'children', 'slot']

/** Reads the types and answers the table, as tag -> row. */
export function elementTable() {
  const folder = join(projectFolder, '.cache')
  mkdirSync(folder, { recursive: true })
  // It imports every component, so that each adds its tag to the maps of JSX and of elements.
  const entry = join(folder, `elements-${process.pid}.ts`)
  writeFileSync(
    entry,
    [
      ...componentFiles().map((file) => `import '${file}'`),
      "import type { createElement } from 'preact'",
      'export type Jsx = createElement.JSX.IntrinsicElements',
      'export type Elements = HTMLElementTagNameMap',
    ].join('\n'),
  )
  try {
    return tableOf(entry)
  } finally {
    rmSync(entry, { force: true })
  }
}

const componentFiles = () =>
  readdirSync(join(projectFolder, COMPONENTS))
    .filter((file) => /^[A-Z].*\.d\.ts$/.test(file))
    .map((file) => join(projectFolder, COMPONENTS, file).replaceAll('\\', '/'))

function tableOf(entry) {
  const program = ts.createProgram([entry], {
    strict: true,
    skipLibCheck: true,
    jsx: ts.JsxEmit.ReactJSX,
    jsxImportSource: 'preact',
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
  })
  const checker = program.getTypeChecker()
  const aliases = program.getSourceFile(entry).statements.filter(ts.isTypeAliasDeclaration)
  const [jsx, elements] = ['Jsx', 'Elements'].map((name) =>
    checker.getTypeAtLocation(aliases.find((alias) => alias.name.text === name)),
  )
  const typeOf = (symbol) => checker.getNonNullableType(checker.getTypeOfSymbol(symbol))

  const rows = jsx
    .getProperties()
    .filter(({ name }) => name.startsWith('s-'))
    .map((tag) => {
      const own = typeOf(tag).getProperties().filter(isShopifys)
      const element = elements.getProperty(tag.name)
      const members = element ? typeOf(element).getProperties().filter(isShopifys) : []
      const props = Object.fromEntries(
        own
          .filter(({ name }) => !isEvent(name) && !NOT_PROPERTIES.includes(name))
          .map((property) => [property.name, kindOf(typeOf(property))]),
      )
      const methods = members
        .filter(({ name }) => !name.startsWith('on') && !(name in props))
        .filter((member) => typeOf(member).getCallSignatures().length > 0)
      return [
        tag.name,
        {
          props,
          events: own.filter(({ name }) => isEvent(name)).map(({ name }) => eventOf(name)),
          methods: methods.map(({ name }) => name),
        },
      ]
    })
  if (rows.length < FEWEST_ELEMENTS)
    throw new Error(
      `Only ${rows.length} elements were found in the types of @shopify/ui-extensions. Look at what has moved in ${COMPONENTS}.`,
    )
  return Object.fromEntries(rows)
}

const isEvent = (name) => /^on[A-Z]/.test(name)
const eventOf = (name) => name.slice(2).toLowerCase()

/** The types of JSX inherit all of HTMLElement; the package's own declarations are what Shopify has. */
const isShopifys = (symbol) =>
  symbol.declarations?.some((one) => one.getSourceFile().fileName.includes('ui-extensions'))

function kindOf(type) {
  const members = type.isUnion() ? type.types : [type]
  const kinds = new Set(members.map(kindOfOne).filter((kind) => kind !== 'nothing'))
  const [kind] = kinds.size === 1 ? kinds : ['any']
  // `'a' | 'b'`; a pattern or any string beside them leaves the list open.
  const isClosed = members.length <= MOST_WORDS && members.every((each) => each.isStringLiteral())
  return isClosed ? { kind, words: members.map(({ value }) => value) } : { kind }
}

function kindOfOne(type) {
  if (type.isIntersection()) return kindOfOne(type.types[0]) // `string & {}`: any string
  const is = (flag) => (type.flags & flag) !== 0
  if (is(ts.TypeFlags.Undefined | ts.TypeFlags.Null)) return 'nothing'
  if (is(ts.TypeFlags.BooleanLike)) return 'boolean'
  if (is(ts.TypeFlags.NumberLike)) return 'number'
  if (is(ts.TypeFlags.StringLike)) return 'string'
  return type.symbol?.name === 'Array' || type.symbol?.name === 'ReadonlyArray' ? 'array' : 'any'
}
