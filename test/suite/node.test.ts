// @module-tag process

import { describeSuite } from './describe-suite.ts'
import { prepareNode } from './runtimes/node.ts'

describeSuite(await prepareNode())
