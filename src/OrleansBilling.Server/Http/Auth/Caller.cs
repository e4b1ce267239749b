using System.Security.Claims;

namespace OrleansBilling.Server.Http.Auth;

/// <summary>Who sent a request.</summary>
/// <param name="KeyId">The API key's id: the scope of Idempotency-Keys, and the actor of audit rows.</param>
/// <param name="Role">One of <see cref="Roles.All"/>.</param>
internal sealed record Caller(string KeyId, string Role)
{
    /// <summary>The caller of an authorized request.</summary>
    public static Caller Of(HttpContext context) => new(
        context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("The endpoint asks for no key."),
        context.User.FindFirstValue(ClaimTypes.Role) ?? "");
}
