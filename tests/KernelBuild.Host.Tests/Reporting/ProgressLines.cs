using KernelBuild.Host.Reporting;

namespace KernelBuild.Host.Tests.Reporting;

/// <summary>What a build that runs as a child says of its progress arrives in its parent.</summary>
public sealed class ProgressLines
{
    [Theory]
    [InlineData("downloading 1.5 MB", 0.25)]
    [InlineData("importing: 7 files", null)]
    [InlineData("", 1.0)]
    [InlineData("[50 %] of [b]", 0.5)]
    public void Progress_comes_back_as_it_was(string message, double? fraction) =>
        ProgressLine.Read(ProgressLine.Of(message, fraction)).ShouldBe((message, fraction));

    [Fact]
    public void Another_line_is_none_of_progress() => ProgressLine.Read("progress 0.5 x").ShouldBeNull();
}
