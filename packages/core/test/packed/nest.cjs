require('reflect-metadata')
const { defineEvents, memoryJournal, noPayload } = require('@audit/core')
const { AuditModule } = require('@audit/nest')
const { Module } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')

class App {}
const events = defineEvents({ flag: { created: noPayload } })
Module({ imports: [AuditModule.forRoot({ service: 'flags', events, journal: memoryJournal() })] })(App)
NestFactory.create(App, { logger: ['error'], abortOnError: false }).then((app) => app.init())
