// @module-tag process

import { describeWhere } from './describe-where.ts'
import { lacksPooler, preparePooler } from './runtimes/pooler.ts'

await describeWhere(lacksPooler, preparePooler)
