/** An application that is ready later. */
import express from 'express'

export default Promise.resolve(express().get('/a', (_req, res) => res.end()))
