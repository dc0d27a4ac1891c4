def write_corrections(connection, run_folder, quarantine): pass
