using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;

namespace OrleansBilling.Server.Http.Auth;

/// <summary>
/// The admin key of the first start: the value of <c>Billing__BootstrapApiKey</c> where it is set, else a random one that is
/// shown once and, in a development start, kept in <c>admin.key</c> of the data directory.
/// </summary>
public static class BootstrapKey
{
    /// <summary>The name of the file in the data directory.</summary>
    public const string FileName = "admin.key";

    /// <summary>Makes sure that an admin key exists. Call after migrating, before requests are taken.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configured">The value of <c>Billing:BootstrapApiKey</c>, or null.</param>
    /// <param name="dataDirectory">Where the key is kept in a development start; null keeps it nowhere.</param>
    /// <param name="cancellation">Ends the wait for the database.</param>
    /// <returns>A random key made by this call, to be shown once; null where one exists or is configured.</returns>
    public static async Task<string?> EnsureAsync(
        IServiceProvider services, string? configured, string? dataDirectory, CancellationToken cancellation)
    {
        var store = services.GetRequiredService<ApiKeyStore>();
        var now = services.GetRequiredService<IClocks>().Live;
        if (!string.IsNullOrWhiteSpace(configured))
        {
            await store.EnsureAsync(Row(configured, "bootstrap", now), ApiKeySecret.HashOf(configured), onlyFirstAdmin: false, cancellation);
            services.GetRequiredService<ApiKeyDirectory>().Forget();
            return null;
        }

        var secret = ApiKeySecret.New();
        if (!await store.EnsureAsync(Row(secret, "first admin key", now), ApiKeySecret.HashOf(secret), onlyFirstAdmin: true, cancellation))
        {
            return null;
        }

        if (dataDirectory is not null)
        {
            await KeepAsync(Path.Combine(dataDirectory, FileName), secret, cancellation);
        }

        return secret;
    }

    private static ApiKeyRow Row(string secret, string name, NodaTime.Instant now) =>
        new(new IdSource(Convert.ToHexString(ApiKeySecret.HashOf(secret)), now).Next("key"), name, Roles.Admin, ApiKeySecret.Last4(secret), now, null);

    /// <summary>The file is made with its mode, so that the key is never readable by others, not even for a moment.</summary>
    private static async Task KeepAsync(string path, string secret, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new StreamWriter(path, options);
        await file.WriteLineAsync(secret.AsMemory(), cancellation);
    }
}
