using KernelBuild.BootImages.Inspection;

namespace KernelBuild.Cli.Images;

/// <summary>One of the four answers in JSON.</summary>
/// <param name="State">good, bad, absent, not-checked.</param>
/// <param name="Text">What it rests on.</param>
internal sealed record AnswerInfo(string State, string Text)
{
    public static AnswerInfo From(Answer answer) => new(answer.StateName, answer.Text);
}
