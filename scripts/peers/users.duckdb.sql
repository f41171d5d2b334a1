-- users.duckdb.sql - the example's users mapping, as DuckDB says it
--
-- The work is that of fixtures/streaming/tables/10-users/map.sql: 16 columns of text in, 17 out.
-- What differs, each time so that DuckDB has less to do, not more:
--   - DuckDB rejects no single row: where the mapping would, there is NULL here, and no message
--   - a JSON object is printed as it is built, without jsonb's order of keys and its spaces
--   - no column is checked to be mapped or dropped
--   - external_ref is UBIGINT, which holds what there is, as DECIMAL(20, 0) alone takes DuckDB
--     four times as long as all other columns together
-- Booleans are true and false, and names and numbers are read with DuckDB's own rules.
SELECT u_id::BIGINT AS id,
       lower(nullif(trim(mail), '')) AS email,
       pass AS password_hash,
       CASE WHEN pass LIKE '$2y$%' THEN 'bcrypt'
            WHEN regexp_full_match(pass, '[0-9a-f]{32}') THEN 'md5' END AS password_scheme,
       nullif(trim(nm), '') AS full_name,
       CASE WHEN regexp_full_match(reg_dt, '[0-9]{9,10}') THEN to_timestamp(reg_dt::BIGINT)
            WHEN regexp_full_match(reg_dt, '[0-9]{2}/[0-9]{2}/[0-9]{4}')
              THEN try_strptime(reg_dt, '%d/%m/%Y') AT TIME ZONE 'Asia/Riyadh'
            ELSE TRY_CAST(zero_date(reg_dt) AS TIMESTAMP) AT TIME ZONE 'Asia/Riyadh'
       END AS created_at,
       TRY_CAST(zero_date(lst_lgn) AS TIMESTAMP) AT TIME ZONE 'Asia/Riyadh' AS last_login_at,
       CASE WHEN cntry IS NULL OR trim(cntry) = '' THEN NULL
            WHEN regexp_full_match(cntry, '[A-Z]{2}') THEN cntry
            WHEN trim(cntry) IN ('Saudi Arabia', 'السعودية') THEN 'SA'
            WHEN trim(cntry) IN ('Egypt', 'مصر') THEN 'EG'
            WHEN trim(cntry) IN ('United Arab Emirates', 'الإمارات') THEN 'AE'
            WHEN trim(cntry) IN ('Morocco', 'المغرب') THEN 'MA'
            WHEN trim(cntry) IN ('Jordan', 'الأردن') THEN 'JO'
            WHEN trim(cntry) IN ('Kuwait', 'الكويت') THEN 'KW'
            WHEN trim(cntry) IN ('Qatar', 'قطر') THEN 'QA'
            WHEN trim(cntry) IN ('Bahrain', 'البحرين') THEN 'BH'
            WHEN trim(cntry) IN ('Oman', 'عمان') THEN 'OM'
            WHEN trim(cntry) IN ('Lebanon', 'لبنان') THEN 'LB'
            WHEN trim(cntry) IN ('Algeria', 'الجزائر') THEN 'DZ'
            WHEN trim(cntry) IN ('Tunisia', 'تونس') THEN 'TN'
            WHEN trim(cntry) IN ('Iraq', 'العراق') THEN 'IQ'
            WHEN trim(cntry) IN ('United Kingdom', 'بريطانيا') THEN 'GB'
            WHEN trim(cntry) IN ('France', 'فرنسا') THEN 'FR'
            WHEN trim(cntry) IN ('Germany', 'ألمانيا') THEN 'DE' END AS country,
       coalesce(nullif(lower(split_part(lng, '_', 1)), ''), 'ar') AS language,
       CASE WHEN lower(gndr) IN ('m', '1', 'male') THEN 'male'
            WHEN lower(gndr) IN ('f', '2', 'female') THEN 'female' END AS gender,
       CASE WHEN tel LIKE '00%' THEN '+' || substr(replace(replace(tel, ' ', ''), '-', ''), 3)
            WHEN tel LIKE '05%' THEN '+966' || substr(tel, 2)
            ELSE nullif(tel, '') END AS phone,
       CASE flag2 WHEN '0' THEN 'no' WHEN '1' THEN 'yes' WHEN '2' THEN 'pending' END AS newsletter,
       CASE WHEN opt1 LIKE 'a:%' THEN split_part(opt1, '"autoplay";b:', 2) LIKE '1%'
            ELSE coalesce((TRY_CAST(nullif(opt1, '') AS JSON) ->> 'autoplay')::BOOLEAN, true)
       END AS autoplay,
       CASE WHEN opt1 IS NULL OR opt1 = '' THEN '{}'::JSON
            WHEN opt1 LIKE 'a:%' THEN json_object(
              'theme', 'light',
              'volume', split_part(split_part(opt1, '"volume";i:', 2), ';', 1)::INTEGER,
              'subtitles', split_part(split_part(opt1, '"subtitles";s:2:"', 2), '"', 1))
            ELSE json_object(
              'theme', coalesce(TRY_CAST(opt1 AS JSON) ->> 'theme', 'light'),
              'volume', TRY_CAST(opt1 AS JSON) -> 'volume',
              'subtitles', TRY_CAST(opt1 AS JSON) ->> 'subtitles') END AS settings,
       x_ref::UBIGINT AS external_ref,
       nullif(split_part(utm, '|', 1), '') AS utm_source,
       nullif(split_part(utm, '|', 2), '') AS utm_campaign
FROM   tbl_user
WHERE  deleted = '0'
