"""Against real mail servers: their kept logs, and a running one."""
