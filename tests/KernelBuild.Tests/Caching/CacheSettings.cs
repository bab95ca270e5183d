using KernelBuild.Caching;
using KernelBuild.Diagnostics;

namespace KernelBuild.Tests.Caching;

/// <summary>What a project, an option and the environment may say.</summary>
public sealed class CacheSettings
{
    [Theory]
    [InlineData("", "true")]
    [InlineData("True", "true")]
    [InlineData("false", "false")]
    [InlineData("../cache", "/home/cache")]
    [InlineData("/var/cache", "/var/cache")]
    [InlineData("redis://cache", "redis://cache")]
    [InlineData("redis://:pw@cache:7000/3", "redis://***@cache:7000/3")]
    [InlineData("redis://user:p%40w@cache", "redis://***@cache")]
    [InlineData("http://user:pw@cache/kernel", "http://***@cache/kernel")]
    [InlineData("file:///mnt/cache", "file:/mnt/cache")]
    public void What_is_understood_is_shown_without_its_password(string text, string shown) =>
        CompilerCacheSetting.Parse(text, "/home/project").ToString().ShouldBe(shown);

    [Theory]
    [InlineData("ture")]
    [InlineData("~/cache")]
    [InlineData("rediss://user:hidden@cache")]
    [InlineData("https://user:hidden@cache/x")]
    [InlineData("redis://user:hidden@cache/name")]
    [InlineData("redis://user:hid den@cache")]
    [InlineData("redis://user:hidden@x@cache")]
    [InlineData("redis://user:hidden|read-only@cache")]
    [InlineData("redis:user:hidden@cache")]
    [InlineData("http://")]
    [InlineData("http://user:hidden@cache/x?y")]
    [InlineData("memcached://user:hidden@cache")]
    [InlineData("file:cache")]
    [InlineData("file:/mnt/$HOME")]
    public void What_is_not_understood_is_refused_and_its_password_is_not_repeated(string text)
    {
        var refusal = Findings.Of(DiagnosticCodes.CompilerCacheInvalid, () => CompilerCacheSetting.Parse(text, "/"));
        refusal.ToString().ShouldNotContain("hidden");
        refusal.ToString().ShouldNotContain("hid den");
        refusal.Fix.ShouldContain("redis://");
    }
}
