import { writeSync } from 'node:fs'
import Router from '@koa/router'
import * as core from '@audit/core'
import * as koa from '@audit/koa'
import * as sinkFile from '@audit/sink-file'
import Koa from 'koa'
import { z } from 'zod'
import roundTrip from './round-trip.cjs'

writeSync(1, JSON.stringify(await roundTrip({ core, sinkFile, koa, Koa, Router, z }, 'esm.log')))
