using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Auth;

/// <summary>
/// Authenticates by <c>Authorization: Bearer &lt;api key&gt;</c>. Browsers, which open pages such as the dashboard, may send
/// the key as the password of <c>Basic</c>.
/// </summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiKeyDirectory directory)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public new const string Scheme = "ApiKey";

    private const int LongestSecret = 200;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (SecretOf(Request.Headers.Authorization.ToString()) is not { Length: > 0 and <= LongestSecret } secret)
        {
            return AuthenticateResult.NoResult();
        }

        if (await directory.FindAsync(secret, Context.RequestAborted) is not { } key)
        {
            return AuthenticateResult.Fail("unknown key");
        }

        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, key.Id), new Claim(ClaimTypes.Role, key.Role)], Scheme);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
            ? "Bearer realm=\"OrleansBilling\""
            : "Basic realm=\"OrleansBilling (API key as password)\"";
        return ProblemWriter.WriteAsync(Context, new Problem(
            401, "unauthorized", "Send a valid key as Authorization: Bearer <api key>; it may have been revoked."));
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var role = Context.User.FindFirstValue(ClaimTypes.Role) ?? "none";
        return ProblemWriter.WriteAsync(Context, new Problem(
            403, "forbidden", $"A key of the role {role} may not do this; use a key of another role."));
    }

    private static string? SecretOf(string header)
    {
        const string bearer = "Bearer ";
        const string basic = "Basic ";
        if (header.StartsWith(bearer, StringComparison.OrdinalIgnoreCase))
        {
            return header[bearer.Length..].Trim();
        }

        if (!header.StartsWith(basic, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[LongestSecret * 2];
        if (!Convert.TryFromBase64String(header[basic.Length..].Trim(), bytes, out var count))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(bytes[..count]);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
