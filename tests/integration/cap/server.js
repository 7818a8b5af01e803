// Loopback only, on a free port: the test reads the address from the log.
const cds = require('@sap/cds')
const http = require('node:http')

cds.on('bootstrap', app => {
  app.listen = (port, done) => http.createServer(app).listen(port, '127.0.0.1', done)
})
module.exports = cds.server
