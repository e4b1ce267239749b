using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>The plans between which tests change.</summary>
internal static class Offers
{
    public static readonly PlanVersion Pro = Named("pro", Life.Plan(prices: Life.Flat("base", 3000)));
    public static readonly PlanVersion Max = Named("max", Life.Plan(prices: Life.Flat("base", 6000)));
    public static readonly PlanVersion Ultra = Named("ultra", Life.Plan(prices: Life.Flat("base", 9000)));
    public static readonly PlanVersion Annual = Named("annual", Life.Plan("year", prices: Life.Flat("base", 30000)));
    public static readonly PlanVersion Team = Named("team", Life.Plan(prices: [Life.Flat("base", 3000), Life.PerUnit("seats", 1000)]));
    public static readonly PlanVersion SetUp = Named("setup", Life.Plan(prices: [Life.Flat("base", 3000), Life.OneTime("setup", 5000)]));

    public static readonly PlanVersion Storage = Named("storage", Life.Plan(prices: [Life.Flat("disk", 900), Life.PerUnit("backup", 600)]));
    public static readonly PlanVersion Support = Named("support", Life.Plan(prices: [Life.Flat("desk", 1500), Life.OneTime("onboarding", 4000)]));

    public static PlanVersion Named(string code, PlanVersion plan) => plan with { Code = code, Name = code };
}
