using System.Collections.Concurrent;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Auth;

/// <summary>Finds the key of a secret; believes an answer for a few seconds, so that a request costs no query.</summary>
internal sealed class ApiKeyDirectory(ApiKeyStore store, TimeProvider time, DatabasePatience patience)
{
    private const int MaxEntries = 10_000;
    private readonly ConcurrentDictionary<string, (ApiKeyRow? Key, DateTimeOffset Until)> _known = new(StringComparer.Ordinal);

    /// <summary>The live key of a secret, or null.</summary>
    /// <exception cref="ProblemException">503 <c>database_unavailable</c>: the database says nothing.</exception>
    public async ValueTask<ApiKeyRow?> FindAsync(string secret, CancellationToken cancellation)
    {
        if (!ApiKeySecret.IsPossible(secret))
        {
            return null;
        }

        var hash = ApiKeySecret.HashOf(secret);
        var name = Convert.ToHexString(hash);
        var now = time.GetUtcNow();
        if (_known.TryGetValue(name, out var known) && known.Until > now)
        {
            return known.Key;
        }

        var found = store.FindByHashAsync(hash, cancellation);
        if (!await patience.WaitAsync(found))
        {
            throw ProblemMiddleware.DatabaseAway.Exception();
        }

        var key = await found;
        if (_known.Count >= MaxEntries)
        {
            _known.Clear();
        }

        _known[name] = (key, now + Limits.ApiKeyCache);
        return key;
    }

    /// <summary>Forgets everything: a key was made or revoked in this process.</summary>
    public void Forget() => _known.Clear();
}
