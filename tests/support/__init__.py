"""What the stories are told with: processes, peers, sockets, deadlines."""
