/**
 * Our own rules as a test (tests/tidy.test.ts): what no linter we use can say. Every banned thing names what to use
 * instead. A rule looks at one node of one file; `kindOf` decides which rules a file is held to:
 *
 * - published: sources that users install (packages/<name>/src, migrations/src)
 * - source: other sources of ours (tools, examples, scripts)
 * - test: everything a test runner loads
 */
import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { type Context, type Kind, type Report, rules } from './tidy-syntax.ts'

export interface SourceText {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

const longestFile = 300
const longestMedian = 100

/** What is wrong with these files, as `path:line message`. */
export function tidy(sources: readonly SourceText[]): string[] {
  const names = publicNames(sources)
  const isPublicIn = (path: string) => (name: string) => names.get(roomOf(path))?.has(name) ?? false
  return [...sources.flatMap(source => faultsOf(source, isPublicIn(source.path))), ...medianFaults(sources)]
}

function faultsOf(source: SourceText, isPublic: Context['isPublic']): string[] {
  const { path, text } = source
  const faults = textFaults(source)
  const kind = kindOf(path)
  if (!kind || !/(?<!\.d)\.[cm]?tsx?$/.test(path)) return faults
  const file = parse(source)
  const report: Report = (node, message) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
    faults.push(`${path}:${line + 1} ${message}`)
  }
  const lines = countLines(text)
  if (kind !== 'test' && lines > longestFile)
    faults.push(`${path}:1 ${lines} lines, at most ${longestFile}: move one idea to a file of its own`)
  const visit = (node: ts.Node): void => {
    for (const rule of rules[kind]) rule(node, report, { path, isPublic })
    ts.forEachChild(node, visit)
  }
  visit(file)
  return faults
}

/** By package, the names that its index files list. */
function publicNames(sources: readonly SourceText[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  for (const source of sources.filter(({ path }) => /\/src\/(?:.+\/)?index\.ts$/.test(path))) {
    const listed = names.get(roomOf(source.path)) ?? new Set()
    names.set(roomOf(source.path), listed)
    ts.forEachChild(parse(source), node => {
      if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause)) return
      for (const { propertyName, name } of node.exportClause.elements) listed.add((propertyName ?? name).text)
    })
  }
  return names
}

/** Packages whose median source file is too long to read at one sitting. */
function medianFaults(sources: readonly SourceText[]): string[] {
  const rooms = new Map<string, number[]>()
  for (const { path, text } of sources) {
    if (!/\/src\/.*\.ts$/.test(path)) continue
    rooms.set(roomOf(path), [...(rooms.get(roomOf(path)) ?? []), countLines(text)])
  }
  return [...rooms].flatMap(([room, lengths]) => {
    const median = lengths.sort((a, b) => a - b)[lengths.length >> 1] ?? 0
    if (median <= longestMedian) return []
    return [`${room} median file has ${median} lines, at most ${longestMedian}: one idea a file`]
  })
}

const roomOf = (path: string) => path.split('/src/')[0] ?? path
const countLines = (text: string) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
const parse = ({ path, text }: SourceText) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)

/** Every text file git tracks, or would track after `git add`. */
export function repositorySources(root: string): SourceText[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(listed.split('\0'))].filter(isFile).flatMap(path => {
    const text = readFileSync(join(root, path), 'utf8')
    return text.includes('\0') ? [] : [{ path, text }]
  })

  function isFile(path: string): boolean {
    return path !== '' && (lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false)
  }
}

function kindOf(path: string): Kind | undefined {
  if (/(^|\/)tests?\//.test(path)) return 'test'
  if (/^(packages\/[^/]+|migrations)\/src\//.test(path)) return 'published'
  return /^(tools|examples|scripts|benchmarks)\//.test(path) ? 'source' : undefined
}

// Rules over text: any file, whatever its language.

const machinePath = /(?<![\w.)~-])\/(?:work|root|home\/\w+)\//
const registryHost =
  /\bregistry\.[\w.-]+\.(?:com|org|net|io|dev)\b|https?:\/\/[^\s/]*(?:artifactory|verdaccio|nexus)/
const unfinished = /\b(?:TODO|FIXME|HACK)\b/
const silencer = /@ts-(?:ignore|nocheck)|biome-ignore|eslint-disable|istanbul ignore|prettier-ignore/

function textFaults({ path, text }: SourceText): string[] {
  const faults: string[] = []
  text.split('\n').forEach((line, index) => {
    const at = `${path}:${index + 1}`
    if (machinePath.test(line))
      faults.push(`${at} a path of one machine: use a relative path or a temp directory`)
    if (registryHost.test(line))
      faults.push(`${at} the host of a registry: name the package, npm knows where`)
  })
  for (const { line, comment } of commentsOf(path, text)) {
    const at = `${path}:${line}`
    const word = unfinished.exec(comment)?.[0]
    if (word) faults.push(`${at} ${word} is banned: finish it, or open an issue and do not export it`)
    const silenced = silencer.exec(comment)?.[0]
    if (silenced) faults.push(`${at} ${silenced} is banned: change the code until the check agrees`)
  }
  return faults
}

function* commentsOf(path: string, text: string): Generator<{ line: number; comment: string }> {
  if (/\.(?:[cm]?[jt]sx?)$/.test(path)) {
    const file = parse({ path, text })
    for (const { pos, end } of commentRanges(file))
      yield { line: file.getLineAndCharacterOfPosition(pos).line + 1, comment: text.slice(pos, end) }
    return
  }
  if (!/\.(?:sql|ya?ml|sh|toml|lua)$/.test(path) && !/(^|\/)\.ci\//.test(path)) return
  for (const [index, line] of text.split('\n').entries()) {
    const comment = /(?:^|\s)(?:--|#)\s.*/.exec(line)?.[0]
    if (comment) yield { line: index + 1, comment }
  }
}

/** Every comment once: comments are the trivia before tokens, so walking the tokens finds them all. */
function commentRanges(file: ts.SourceFile): ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>()
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file)
    children.forEach(visit)
    if (children.length > 0) return
    const before = ts.getLeadingCommentRanges(file.text, node.pos) ?? []
    const after = ts.getTrailingCommentRanges(file.text, node.end) ?? []
    for (const range of node.kind === ts.SyntaxKind.JsxText ? [] : [...before, ...after])
      found.set(range.pos, range)
  }
  visit(file)
  return [...found.values()]
}
