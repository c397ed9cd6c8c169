/**
 * A kind of value, said once: its key, how it is loaded and kept, and what it looks like. What another version of a program has
 * left in Redis or on disk is checked as it is read; what does not fit counts as absent and is loaded anew.
 */
import { checkOptions, type Entry, InvalidArgumentError } from '@greenlang/core'
import { checkNames, checkOptionsObject } from '../arguments.ts'
import type {
  CacheMethods,
  InvalidateOptions,
  InvalidationResult,
  SetOptions,
  SetResult,
} from '../cache-types.ts'
import { keepSettings } from '../load-settings.ts'
import type { KeepOptions, LoadContext, LoadOptions, ReadOptions } from '../load-types.ts'
import { checkDefinition, type Templates } from './check-definition.ts'
import { decodedContext } from './decoded-context.ts'
import { type FailedLoad, FailedLoads } from './failed-loads.ts'
import type { KeyParams } from './key-template.ts'
import {
  check,
  type SchemaIssue,
  SchemaMismatchError,
  type SchemaResult,
  type StandardSchema,
} from './standard-schema.ts'

export interface ValueDefinitionOptions<Template extends string, Value> extends Omit<KeepOptions, 'tags'> {
  /** The key, with a name in braces for each part of it: `'workflow:{id}'`. No default. */
  key: Template
  /** Makes a value. Default: given with each call. */
  load?: (params: KeyParams<Template>, context: LoadContext) => Value | PromiseLike<Value>
  /** Tags: templates over the parts of the key, or what tells them from the value. Default: those of the cache's defaults. */
  tags?: readonly string[] | ((value: Value, params: KeyParams<Template>) => readonly string[])
  /** What a value must look like, by Standard Schema; a transforming schema has its output returned. Default: anything. */
  schema?: StandardSchema<Value>
  /** Into plain data and back, for values that a codec would not bring back as they were. Default: as they are. */
  codec?: ValueCodec<Value>
}

export interface ValueCodec<Value> {
  encode(value: Value): NonNullable<unknown> | null
  decode(stored: unknown): Value
}

/** How a call differs from its definition. */
export type DefinedLoadOptions = Omit<LoadOptions, 'tags'>

export interface DefinedValues<Template extends string, Value> {
  /** Of these parts. @throws InvalidArgumentError for one that is missing, empty or of another type. */
  key(params: KeyParams<Template>): string
  get(params: KeyParams<Template>, options?: ReadOptions): Promise<Value | undefined>
  /**
   * What is stored and does not fit is loaded anew, and never stands in: the loader's own error is thrown then, grace or not.
   * @throws SchemaMismatchError for a loaded value that does not fit; else as `getOrSet` of the cache.
   */
  getOrSet(params: KeyParams<Template>, options?: DefinedLoadOptions): Promise<Value>
  /** With a loader of its own; `undefined` is that of the definition. */
  getOrSet(
    params: KeyParams<Template>,
    load: ((context: LoadContext) => Value | PromiseLike<Value>) | undefined,
    options?: DefinedLoadOptions,
  ): Promise<Value>
  set(params: KeyParams<Template>, value: Value, options?: Omit<SetOptions, 'tags'>): Promise<SetResult>
  delete(params: KeyParams<Template>): Promise<InvalidationResult>
  invalidate(params: KeyParams<Template>, options?: InvalidateOptions): Promise<InvalidationResult>
}

const optionNames = ['key', 'load', 'tags', 'schema', 'codec', 'ttl', 'grace', 'negativeTtl', 'jitter']

/** @throws InvalidOptionError for a bad definition. */
export function defineValues<const Template extends string, Value>(
  cache: CacheMethods,
  options: ValueDefinitionOptions<Template, Value>,
): DefinedValues<Template, Value> {
  checkOptions('defineValues', options, optionNames)
  return new TemplatedValues(cache, options)
}

class TemplatedValues<Template extends string, Value> implements DefinedValues<Template, Value> {
  readonly #cache: CacheMethods
  readonly #options: ValueDefinitionOptions<Template, Value>
  readonly #templates: Templates
  readonly #keep: KeepOptions
  readonly #failed = new FailedLoads()
  /** Values that were found to fit, by reference: a hit in memory is not checked again. */
  readonly #fitting = new WeakMap<object, Value>()

  constructor(cache: CacheMethods, options: ValueDefinitionOptions<Template, Value>) {
    const { key, load, tags, schema, codec, ...keep } = options
    this.#cache = cache
    this.#options = options
    this.#templates = checkDefinition({ key, load, tags, schema, codec })
    keepSettings('defineValues', keep)
    this.#keep = keep
  }

  key(params: KeyParams<Template>): string {
    return this.#templates.key.fill(params)
  }

  async get(params: KeyParams<Template>, options?: ReadOptions): Promise<Value | undefined> {
    const stored = await this.#cache.get(this.key(params), options)
    if (stored === undefined) return undefined
    const result = await this.#fit(stored)
    return result.issues ? undefined : result.value
  }

  async getOrSet(params: KeyParams<Template>, ...rest: readonly unknown[]): Promise<Value> {
    const [load, options] = this.#given(params, rest)
    const key = this.key(params)
    const kept = { ...this.#keep, ...this.#ownTags(params), ...options }
    const before = this.#failed.of(key)
    const stored = await this.#cache.getOrSet(key, this.#loader(params, load), kept)
    if (stored === undefined) return undefined as Value
    const result = await this.#fit(stored)
    if (!result.issues) return result.value
    const failed = this.#failed.of(key)
    if (failed && failed !== before) throw failed.error
    // Of another shape, from another time.
    const anew = await this.#cache.getOrSet(key, this.#loader(params, load), { ...kept, fresh: true })
    if (anew === undefined) return undefined as Value
    const second = await this.#fit(anew)
    if (second.issues) throw this.#reason(this.#failed.of(key), second.issues)
    return second.value
  }

  #reason(failed: FailedLoad | undefined, issues: readonly SchemaIssue[]): unknown {
    return failed ? failed.error : new SchemaMismatchError(this.#options.key, issues, 'stored')
  }

  async set(
    params: KeyParams<Template>,
    value: Value,
    options: Omit<SetOptions, 'tags'> = {},
  ): Promise<SetResult> {
    checkOptionsObject('set', options)
    const { ttl, grace } = this.#keep
    const { negativeTtl: _, jitter: __, ...own } = { ...options } as Record<string, unknown>
    const dates = { ...(ttl !== undefined && { ttl }), ...(grace !== undefined && { grace }) }
    const kept = { ...dates, ...this.#ownTags(params, this.#tagsOfValue(value, params)), ...own }
    return this.#cache.set(this.key(params), await this.#stored(value), kept)
  }

  async delete(params: KeyParams<Template>): Promise<InvalidationResult> {
    return this.#cache.delete(this.key(params))
  }

  async invalidate(params: KeyParams<Template>, options?: InvalidateOptions): Promise<InvalidationResult> {
    return this.#cache.invalidate({ keys: [this.key(params)] }, options)
  }

  #given(params: KeyParams<Template>, [first, second]: readonly unknown[]): [Load<Value>, object] {
    const isOptions = typeof first === 'object' && second === undefined
    const rest = isOptions ? first : second
    const options = rest === undefined ? {} : checkOptionsObject('getOrSet', rest)
    if (typeof first === 'function') return [first as Load<Value>, options]
    const { load } = this.#options
    if (load === undefined || (first !== undefined && !isOptions))
      throw new InvalidArgumentError('load', 'a function, given here or in the definition', first)
    return [context => load(params, context), options]
  }

  #loader(params: KeyParams<Template>, load: Load<Value>) {
    return async (given: LoadContext): Promise<NonNullable<unknown> | null | undefined> => {
      const old = given.stale && (await this.#fit(given.stale.value))
      if (old?.issues) return this.#noted(params, given, this.#load(params, load, given))
      const stale = old && given.stale ? { ...given.stale, value: old.value } : undefined
      return this.#load(params, load, given, stale)
    }
  }

  async #load(params: KeyParams<Template>, load: Load<Value>, given: LoadContext, stale?: Entry<Value>) {
    const { context, isUnchanged } = decodedContext(given, stale)
    const value = await load(context)
    if (value === undefined) return undefined
    const kept = isUnchanged(value) ? stale : undefined
    const tags = this.#tagsOfValue(kept ? kept.value : value, params)
    if (tags.length > 0) given.configure({ tags: [...this.#tagsOf(params), ...tags] })
    return kept ? (value as NonNullable<unknown>) : this.#stored(value)
  }

  /** What stands in for this load is of use to nobody: they are told why it failed. */
  async #noted<T>(params: KeyParams<Template>, { signal }: LoadContext, loading: Promise<T>): Promise<T> {
    const key = this.key(params)
    // The cache waits no longer then, whatever the loader does.
    const onAbort = () => this.#failed.add(key, signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const loaded = await loading
      this.#failed.forget(key)
      return loaded
    } catch (error) {
      if (!signal.aborted) this.#failed.add(key, error)
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** @throws SchemaMismatchError */
  async #stored(value: Value): Promise<NonNullable<unknown> | null> {
    const { schema, codec } = this.#options
    const { issues } = schema ? await check(schema, value) : { issues: undefined }
    if (issues) throw new SchemaMismatchError(this.#options.key, issues, 'loaded')
    return codec ? codec.encode(value) : (value as NonNullable<unknown> | null)
  }

  async #fit(stored: unknown): Promise<SchemaResult<Value>> {
    const { schema, codec } = this.#options
    if (schema === undefined && codec === undefined) return { value: stored as Value }
    const isObject = typeof stored === 'object' && stored !== null
    const known = isObject ? this.#fitting.get(stored) : undefined
    if (known !== undefined) return { value: known }
    let value: unknown
    try {
      value = codec ? codec.decode(stored) : stored
    } catch (error) {
      return { issues: [{ message: String(error) }] }
    }
    const result: SchemaResult<Value> = schema ? await check(schema, value) : { value: value as Value }
    if (!result.issues && isObject) this.#fitting.set(stored, result.value)
    return result
  }

  /** Where the definition says nothing of tags, those of the cache's defaults hold. */
  #ownTags(
    params: KeyParams<Template>,
    ofValue: readonly string[] = [],
  ): { readonly tags?: readonly string[] } {
    return this.#options.tags === undefined ? {} : { tags: [...this.#tagsOf(params), ...ofValue] }
  }

  #tagsOf(params: KeyParams<Template>): readonly string[] {
    return this.#templates.tags.map(tag => tag.fill(params))
  }

  #tagsOfValue(value: Value, params: KeyParams<Template>): readonly string[] {
    const { tags } = this.#options
    return typeof tags === 'function' ? checkNames('tags', tags(value, params)) : []
  }
}

type Load<Value> = (context: LoadContext) => Value | PromiseLike<Value>
