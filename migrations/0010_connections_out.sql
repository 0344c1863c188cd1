-- "Which of our hosts' sessions made this connection?"
CREATE INDEX event_connection_out ON event (address, port, time) WHERE action = 'connection_out';
