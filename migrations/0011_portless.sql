-- Logins whose witness tells no port of the client's (utmp, audit records): found by their host and time.
CREATE INDEX event_portless ON event (host, time) WHERE port IS NULL AND action = 'ssh_login';
