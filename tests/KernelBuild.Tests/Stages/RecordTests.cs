using System.Text.Json.Serialization.Metadata;
using KernelBuild.Configure;
using KernelBuild.Host.Files;
using KernelBuild.Stages;

namespace KernelBuild.Tests.Stages;

public sealed class RecordTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private StageRecords Load() => StageRecords.Load(_folder["records.json"]);

    private static JsonTypeInfo<ConfiguredKernel> Type => ConfigureJson.Default.ConfiguredKernel;

    private static ConfiguredKernel Result(string text) => new(Sha256Digest.Of(text));

    [Fact]
    public void A_record_is_found_by_its_key_alone()
    {
        Load().Set("configure", "key", Result("1"), Type);
        Load().Find("configure", "key", Type).ShouldBe(Result("1"));
        Load().Find("configure", "other", Type).ShouldBeNull();
        Load().Find("compile", "key", Type).ShouldBeNull();
        Load().Last("configure", Type).ShouldBe(Result("1"));
    }

    [Fact]
    public void A_stage_that_began_again_has_no_record()
    {
        Load().Set("configure", "key", Result("1"), Type);
        Load().Clear("configure");
        Load().Last("configure", Type).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"stages\":null}")]
    [InlineData("{\"stages\":{\"configure\":{\"ke")]
    [InlineData("{\"stages\":{\"configure\":{\"key\":\"key\",\"values\":{\".config\":\"x\"}}}}")]
    [InlineData("{\"stages\":{\"configure\":{\"key\":\"key\",\"result\":{}}}}")]
    [InlineData("{\"stages\":{\"configure\":{\"key\":\"key\",\"result\":{\"config\":\"short\"}}}}")]
    public void Records_that_cannot_be_read_are_none(string text)
    {
        _folder.Write("records.json", text);
        Load().Last("configure", Type).ShouldBeNull();
        Load().Set("configure", "key", Result("1"), Type);
        Load().Find("configure", "key", Type).ShouldNotBeNull();
    }

    [Fact]
    public void No_two_inputs_run_together_into_one_key()
    {
        string[] keys =
        [
            Key(),
            Key(("a", "b")), Key(("a", ""), ("b", "")), Key(("ab", "")), Key(("", "ab")),
            Key(("a", "bc")), Key(("ab", "c")), Key(("a", "b"), ("c", "")), Key(("a", ""), ("b", "c")),
            Key(("a", "1:b=0:")), Key(("a", ""), ("b", "0:")), Key(("b", "a"), ("a", "b")), Key(("a", "b"), ("b", "a")),
        ];
        keys.Distinct().Count().ShouldBe(keys.Length);
        Key(("a", "b")).ShouldBe(Key(("a", "b")));
        Key().Length.ShouldBe(64);
    }

    [Fact]
    public void The_stage_and_its_version_are_part_of_the_key()
    {
        using var first = new ContentKey("patch", 1);
        using var second = new ContentKey("patch", 2);
        using var third = new ContentKey("fetch", 1);
        new HashSet<string> { first.Finish(), second.Finish(), third.Finish() }.Count.ShouldBe(3);
    }

    public void Dispose() => _folder.Dispose();

    private static string Key(params (string Name, string Value)[] parts)
    {
        using var key = new ContentKey("stage", 1);
        foreach (var (name, value) in parts)
        {
            key.Add(name, value);
        }

        return key.Finish();
    }
}
