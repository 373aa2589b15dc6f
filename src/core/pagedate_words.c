/* pagedate_words.c - the words of dates in several languages.
 *
 * Words are compared without case and without accents ("März" is "marz",
 * "août" is "aout"), so that one spelling serves. Tables are looked through
 * from the start: a date has few words. */
#include "core/pagedate_internal.h"

#include "base/escape.h"

#include <string.h>

/* ---- folding ---- */

/* U+00C0 to U+00FF as ASCII; those that are two letters are cut to one, but for
 * German's sz, which no name here has. */
static const char latin1[] = "aaaaaaaceeeeiiiidnooooo*ouuuuyts"
                             "aaaaaaaceeeeiiiidnooooo*ouuuuyty";

static char fold_char(uint32_t cp) {
    static const struct {
        uint16_t from, to;
        char as;
    } extended[] = {{0x100, 0x105, 'a'}, {0x106, 0x10D, 'c'},
                    {0x10E, 0x111, 'd'}, {0x112, 0x11B, 'e'},
                    {0x139, 0x142, 'l'}, {0x143, 0x148, 'n'},
                    {0x154, 0x159, 'r'}, {0x15A, 0x161, 's'},
                    {0x16E, 0x171, 'u'}, {0x179, 0x17E, 'z'}};
    if (cp < 0x80)
        return weir_is_alpha((char)cp) ? weir_to_lower((char)cp) : '\0';
    if (cp >= 0xC0 && cp <= 0xFF)
        return latin1[cp - 0xC0] == '*' ? '\0' : latin1[cp - 0xC0];
    for (size_t i = 0; i < sizeof extended / sizeof *extended; i++)
        if (cp >= extended[i].from && cp <= extended[i].to)
            return extended[i].as;
    return '\0';
}

bool pagedate_fold(struct weir_str *s, char word[PAGEDATE_WORD]) {
    size_t length = 0;
    while (s->n) {
        uint32_t cp = 0;
        size_t n = weir_utf8_decode(*s, &cp);
        bool combining = n && cp >= 0x300 && cp <= 0x36F && length;
        char c = n ? fold_char(cp) : '\0';
        if (!c && !combining)
            break;
        if (c && length < PAGEDATE_WORD - 1)
            word[length++] = c;
        *s = weir_str_sub(*s, n, s->n);
    }
    word[length] = '\0';
    return length > 0;
}

/* ---- months ---- */

/* For each language its months, with spaces between and around; after a '|'
 * those that are ordinary words too. */
struct language {
    const char *tag;
    const char *months[12];
    const char *weak; /* "word=month ..." */
};

static const struct language languages[] = {
    {"en",
     {" january jan ", " february feb ", " march mar ", " april apr ", " may ",
      " june jun ", " july jul ", " august aug ", " september sept sep ",
      " october oct ", " november nov ", " december dec "},
     " may mar "},
    {"de",
     {" januar janner jan ", " februar feber feb ", " marz maerz mar mrz ",
      " april apr ", " mai ", " juni jun ", " juli jul ", " august aug ",
      " september sept sep ", " oktober okt ", " november nov ",
      " dezember dez "},
     ""},
    {"fr",
     {" janvier janv jan ", " fevrier fevr fev ", " mars ", " avril avr ",
      " mai ", " juin ", " juillet juil ", " aout aou ", " septembre sept ",
      " octobre oct ", " novembre nov ", " decembre dec "},
     " mars "},
    {"es",
     {" enero ene ", " febrero feb ", " marzo mar ", " abril abr ",
      " mayo may ", " junio jun ", " julio jul ", " agosto ago ",
      " septiembre setiembre sept sep set ", " octubre oct ", " noviembre nov ",
      " diciembre dic "},
     " mar ago set "},
    {"it",
     {" gennaio gen ", " febbraio feb ", " marzo mar ", " aprile apr ",
      " maggio mag ", " giugno giu ", " luglio lug ", " agosto ago ",
      " settembre sett set ", " ottobre ott ", " novembre nov ",
      " dicembre dic "},
     " mar gen mag ago set "},
    {"nl",
     {" januari jan ", " februari feb ", " maart mrt ", " april apr ", " mei ",
      " juni jun ", " juli jul ", " augustus aug ", " september sept sep ",
      " oktober okt ", " november nov ", " december dec "},
     ""},
    {"pt",
     {" janeiro jan ", " fevereiro fev ", " marco mar ", " abril abr ",
      " maio mai ", " junho jun ", " julho jul ", " agosto ago ",
      " setembro set ", " outubro out ", " novembro nov ", " dezembro dez "},
     " mar ago set out "},
    {"da",
     {" januar jan ", " februar feb ", " marts mar ", " april apr ", " maj ",
      " juni jun ", " juli jul ", " august aug ", " september sep ",
      " oktober okt ", " november nov ", " december dec "},
     ""},
    {"nb",
     {" januar jan ", " februar feb ", " mars mar ", " april apr ", " mai ",
      " juni jun ", " juli jul ", " august aug ", " september sep ",
      " oktober okt ", " november nov ", " desember des "},
     " des "},
    {"sv",
     {" januari jan ", " februari feb ", " mars mar ", " april apr ", " maj ",
      " juni jun ", " juli jul ", " augusti aug ", " september sep ",
      " oktober okt ", " november nov ", " december dec "},
     ""},
    {"pl",
     {" stycznia styczen sty ", " lutego luty lut ", " marca marzec mar ",
      " kwietnia kwiecien kwi ", " maja maj ", " czerwca czerwiec cze ",
      " lipca lipiec lip ", " sierpnia sierpien sie ",
      " wrzesnia wrzesien wrz ", " pazdziernika pazdziernik paz ",
      " listopada listopad lis ", " grudnia grudzien gru "},
     " sie "},
};

/* `words` is " a b c "; the word stands in it whole. */
static bool has_word(const char *words, const char *word) {
    size_t n = strlen(word);
    const char *at = words;
    if (n == 0)
        return false;
    while ((at = strstr(at, word)) != NULL) {
        if (at > words && at[-1] == ' ' && at[n] == ' ')
            return true;
        at++;
    }
    return false;
}

static int month_in(const struct language *l, const char *word, bool *weak) {
    for (int i = 0; i < 12; i++) {
        if (has_word(l->months[i], word)) {
            *weak = has_word(l->weak, word);
            return i + 1;
        }
    }
    return 0;
}

static bool is_language(const struct language *l, const char *lang) {
    return lang && weir_to_lower(lang[0]) == l->tag[0] && lang[0] &&
           weir_to_lower(lang[1]) == l->tag[1] && !weir_is_alpha(lang[2]);
}

int pagedate_month(const char *word, const char *lang, bool *weak) {
    bool any_weak = false;
    int found = 0;
    *weak = false;
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        bool own = is_language(&languages[i], lang);
        bool is_weak = false;
        int month = month_in(&languages[i], word, &is_weak);
        if (month && own) {
            *weak = is_weak;
            return month;
        }
        any_weak |= is_weak;
        if (month && !found)
            found = month;
    }
    *weak = any_weak;
    return found;
}

bool pagedate_is_weekday(const char *word) {
    static const char names[] =
        " monday tuesday wednesday thursday friday saturday sunday mon tue "
        "tues "
        "wed weds thu thur thurs fri sat sun montag dienstag mittwoch "
        "donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
        "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu "
        "ven sam dim lunes martes miercoles jueves viernes sabado domingo mie "
        "jue vie sab dom lunedi martedi mercoledi giovedi venerdi domenica gio "
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr "
        "za "
        "zo segunda terca quarta quinta sexta seg ter qua qui sex feira ";
    return has_word(names, word);
}

/* ---- zones ---- */

bool pagedate_zone(const char *word, int32_t *offset) {
    static const struct {
        const char *name;
        int minutes;
    } zones[] = {
        {"z", 0},       {"ut", 0},      {"utc", 0},    {"gmt", 0},
        {"wet", 0},     {"west", 60},   {"bst", 60},   {"ist", 330},
        {"cet", 60},    {"cest", 120},  {"mez", 60},   {"mesz", 120},
        {"eet", 120},   {"eest", 180},  {"msk", 180},  {"est", -300},
        {"edt", -240},  {"et", -300},   {"cst", -360}, {"cdt", -300},
        {"mst", -420},  {"mdt", -360},  {"pst", -480}, {"pdt", -420},
        {"akst", -540}, {"akdt", -480}, {"hst", -600}, {"jst", 540},
        {"kst", 540},   {"aest", 600},  {"aedt", 660}, {"acst", 570},
        {"awst", 480},  {"nzst", 720},  {"nzdt", 780},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (strcmp(zones[i].name, word) == 0) {
            *offset = zones[i].minutes * 60;
            return true;
        }
    }
    return false;
}

char pagedate_meridiem(const char *word) {
    if (strcmp(word, "am") == 0 || strcmp(word, "a") == 0)
        return 'a';
    return strcmp(word, "pm") == 0 || strcmp(word, "p") == 0 ? 'p' : '\0';
}

/* ---- relative dates ---- */

bool pagedate_unit(const char *word, enum pagedate_unit *unit) {
    static const char *const units[] = {
        " s sec secs second seconds sek sekunde sekunden seconde secondes "
        "segundo segundos seg secondo secondi seconden ",
        " m min mins minute minutes minuten minuto minutos minuti minuut ",
        " h hr hrs hour hours std stunde stunden heure heures hora horas ora "
        "ore uur uren ",
        " d day days tag tage tagen jour jours dia dias giorno giorni dag "
        "dagen ",
        " w wk wks week weeks woche wochen semaine semaines semana semanas "
        "settimana settimane weken ",
        " mo month months monat monate monaten mois mes meses mese mesi maand "
        "maanden ",
        " y yr yrs year years jahr jahre jahren an ans annee annees ano anos "
        "anno anni jaar jaren ",
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (has_word(units[i], word)) {
            *unit = (enum pagedate_unit)i;
            return true;
        }
    }
    return false;
}

bool pagedate_is_one(const char *word) {
    return has_word(" a an one ein eine einem einer einen un une uno una um "
                    "uma een ",
                    word);
}

bool pagedate_is_past(const char *word) {
    /* "il y a", "ha" and "fa" stand for themselves among numbers and units */
    return has_word(" ago earlier vor y hace fa geleden ha atras ", word);
}

bool pagedate_is_future(const char *word) {
    return has_word(" in dans en tra fra over em dentro ", word);
}

bool pagedate_day_word(const char *word, int *days) {
    *days =
        has_word(" yesterday gestern hier ayer ieri gisteren ontem ", word)
            ? -1
            : has_word(" tomorrow morgen demain manana domani amanha ", word);
    return *days ||
           has_word(" today heute aujourd hoy oggi vandaag hoje ", word);
}

bool pagedate_is_now(const char *word) {
    return has_word(" now jetzt eben maintenant ahora adesso nu agora ", word);
}
