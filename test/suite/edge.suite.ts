// @module-tag process

import { describeWhere } from './describe-where.ts'
import { lacksEdge, prepareEdge } from './runtimes/edge.ts'

await describeWhere(lacksEdge, prepareEdge)
