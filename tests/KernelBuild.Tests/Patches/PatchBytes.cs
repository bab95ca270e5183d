namespace KernelBuild.Tests.Patches;

/// <summary>Seeded damage to the bytes of a patch.</summary>
internal static class PatchBytes
{
    private static readonly string[] Pieces =
        ["@@ -1,3 +1,3 @@\n", "diff --git a/x b/x\n", "--- a/x\n+++ b/x\n", "GIT binary patch\nliteral 5\n", "rename from x\n", "\\ No newline at end of file\n", "=?utf-8?q?x", "From x 00:00:00 2001\n", "\0", "\r\n", "99999999999"];

    public static byte[] Mutate(byte[] seed, Random random)
    {
        var text = seed.ToList();
        for (var edits = random.Next(1, 5); edits > 0 && text.Count > 4; edits--)
        {
            var at = random.Next(text.Count);
            switch (random.Next(6))
            {
                case 0:
                    text[at] = (byte)random.Next(256);
                    break;
                case 1:
                    text.RemoveRange(at, Math.Min(random.Next(1, 40), text.Count - at));
                    break;
                case 2:
                    text.InsertRange(at, text.GetRange(at, Math.Min(random.Next(1, 60), text.Count - at)));
                    break;
                case 3:
                    text.RemoveRange(at, text.Count - at);
                    break;
                case 4:
                    text.InsertRange(at, System.Text.Encoding.ASCII.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                default:
                    text[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. text];
    }
}
