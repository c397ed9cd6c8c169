/** The few members of Standard Schema (standardschema.dev) that are used: zod, valibot, arktype and others have them. */
import { GreenlangError, isThenable } from '@greenlang/core'

export interface StandardSchema<Value = unknown> {
  readonly '~standard': {
    validate(value: unknown): SchemaResult<Value> | PromiseLike<SchemaResult<Value>>
  }
}

export type SchemaResult<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
}

const remedies = {
  loaded: 'mend the loader or the schema',
  stored: 'no load has replaced it: mend the codec, or see why loads do not end well',
}

/** A loader returned what the schema of its definition refuses; or that is stored, and no load took its place. */
export class SchemaMismatchError extends GreenlangError {
  readonly code = 'SCHEMA_MISMATCH'
  readonly issues: readonly SchemaIssue[]

  constructor(template: string, issues: readonly SchemaIssue[], what: 'loaded' | 'stored') {
    super(
      `what was ${what} for ${template} does not fit its schema: ${issues.length} issues, see error.issues; ${remedies[what]}`,
    )
    this.issues = issues
  }
}

export async function check<Value>(
  schema: StandardSchema<Value>,
  value: unknown,
): Promise<SchemaResult<Value>> {
  const result = schema['~standard'].validate(value)
  return isThenable(result) ? await result : result
}
