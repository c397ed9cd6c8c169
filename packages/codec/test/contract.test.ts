import { codecContract } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { cborCodec, jsonCodec } from '../src/index.ts'

codecContract({ describe, it, expect }, 'cborCodec', cborCodec)
codecContract({ describe, it, expect }, 'jsonCodec', jsonCodec)
