import { describe, expect, it } from '@jest/globals'
import { normalise } from '../src/normalise.ts'

describe('normalise', () => {
  it.each([
    ["select * from t where a = 'secret' and b = 42", 'select * from t where a = $1 and b = $2'],
    ["select 'it''s', E'a\\'b', B'101', x'1F', U&'d\\0061t', N'n'", 'select $1, $2, $3, $4, $5, $6'],
    ['select $$one$$, $tag$ two $$ still $tag$, $é$three$é$', 'select $1, $2, $3'],
    ['select 1, -2, 3.5, .5, 1e9, 1_000, 0xFF, 7.', 'select $1, -$2, $3, $4, $5, $6, $7, $8'],
    ['select $1 where a = 5 and b = $3', 'select $1 where a = $4 and b = $3'],
    ['select a -- secret\n, b /* secret /* nested */ secret */ from t', 'select a , b from t'],
    ['select "col""1", t2.x3, a$1 from "it\'s"', 'select "col""1", t2.x3, a$1 from "it\'s"'],
    ["comment on table t is 'secret'", 'comment on table t is $1'],
    ["copy t from '/secret'", 'copy t from $1'],
    ["select date'2020-01-01', interval '1 day'", 'select date$1, interval $2'],
    ["select 'never closed secret", 'select $1'],
    ['select $$never closed secret', 'select $1'],
    ['  select\n\t1  ', 'select $1'],
    ['', ''],
  ])('%j', (text, normal) => {
    expect(normalise(text)).toBe(normal)
  })

  it('is bounded', () => {
    expect(normalise(`select ${'column_name, '.repeat(5000)}1`).length).toBeLessThanOrEqual(4000)
  })
})
