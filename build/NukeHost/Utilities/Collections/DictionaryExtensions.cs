namespace Nuke.Common.Utilities.Collections;

public static class DictionaryExtensions
{
    /// <summary>Adds the pair and returns the dictionary, so that calls can be chained.</summary>
    public static Dictionary<TKey, TValue> AddPair<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue value)
        where TKey : notnull
    {
        dictionary.Add(key, value);
        return dictionary;
    }
}
