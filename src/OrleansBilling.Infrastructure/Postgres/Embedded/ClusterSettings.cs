namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>What a new cluster's postgresql.conf says beyond PostgreSQL's defaults. An operator may edit it afterwards.</summary>
internal static class ClusterSettings
{
    /// <summary>The lines to add. The port is not among them: it is given at every start.</summary>
    public static string Lines(EmbeddedPostgresOptions options)
    {
        var safety = options.Durable ? "on" : "off";
        return $"""

            # Set when this cluster was made; edit freely, the server does not write here again.
            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            max_connections = {options.MaxConnections}
            shared_buffers = {options.SharedBuffersMegabytes}MB
            # Money: an answered commit is on the disk.
            fsync = {safety}
            synchronous_commit = {safety}
            full_page_writes = {safety}
            wal_compression = on
            max_wal_size = 4GB
            checkpoint_timeout = 15min
            checkpoint_completion_target = 0.9
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_destination = 'stderr'
            logging_collector = on
            log_directory = 'log'
            log_filename = 'postgresql-%a.log'
            log_truncate_on_rotation = on
            log_rotation_age = 1d
            log_rotation_size = 0
            log_line_prefix = '%m [%p] %q%a '
            log_lock_waits = on
            log_min_duration_statement = 1s

            """;
    }
}
